-- +goose Up

-- The classic relation. The original worker inserts here and, when the id is
-- taken, updates; the original result app counts here. It is the default poll's
-- ballots under their old names.

-- Where the original stack ran before, votes is a table. Its rows become
-- ballots, at position 0 since every queued vote is later, and it is kept under
-- another name.
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('votes') AND relkind IN ('r', 'p')) THEN
        LOCK TABLE votes IN ACCESS EXCLUSIVE MODE;
        INSERT INTO ballots (voter, ballot, position)
        SELECT id, vote, 0 FROM votes WHERE id IS NOT NULL AND vote IS NOT NULL
        ON CONFLICT (poll, voter) DO NOTHING;
        ALTER TABLE votes RENAME TO votes_classic;
    END IF;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE VIEW votes AS
    SELECT voter AS id, ballot AS vote FROM ballots WHERE poll = 'default'
    WITH CHECK OPTION;

UPDATE popeye_schema SET version = greatest(version, 3);
