-- +goose Up

-- A short code leads to each poll. Those that are there draw theirs below.
ALTER TABLE polls ADD COLUMN IF NOT EXISTS code text COLLATE "C";
CREATE UNIQUE INDEX IF NOT EXISTS polls_code ON polls (code);

-- An event is an ordered list of polls under one code, which no poll has. Its name in
-- catalog_log is '#' and the code. request is what asked for it, as for a poll.
CREATE TABLE IF NOT EXISTS events (
    code             text COLLATE "C" PRIMARY KEY,
    definition       jsonb NOT NULL,
    revision         bigint NOT NULL,
    created_revision bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    changed_at       timestamptz NOT NULL,
    request          text COLLATE "C" UNIQUE
);

-- +goose StatementBegin
DO $$
DECLARE
    poll  text;
    drawn text;
BEGIN
    FOR poll IN SELECT slug FROM polls WHERE code IS NULL LOOP
        LOOP
            drawn := (100000 + floor(random() * 900000))::int::text;
            EXIT WHEN NOT EXISTS (SELECT FROM polls WHERE code = drawn)
                AND NOT EXISTS (SELECT FROM events WHERE code = drawn);
        END LOOP;
        UPDATE polls SET code = drawn WHERE slug = poll;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- What popeye_result may do, if there is such a user. A migration that makes a
-- table for result replaces this function, and calls it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION popeye_grant() RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'popeye_result') THEN
        RETURN;
    END IF;
    GRANT SELECT ON popeye_schema, changes, tallies, ballots, last_account, accounts TO popeye_result;
    GRANT SELECT, INSERT, UPDATE, DELETE ON polls, events, removals TO popeye_result;
    GRANT SELECT, UPDATE ON catalog TO popeye_result;
    GRANT INSERT, UPDATE ON changes TO popeye_result;
    GRANT DELETE ON ballots TO popeye_result;
    GRANT SELECT, INSERT, DELETE ON catalog_log TO popeye_result;
    GRANT SELECT, INSERT ON audit TO popeye_result;
    GRANT SELECT, INSERT, DELETE ON sessions TO popeye_result;
    GRANT EXECUTE ON FUNCTION popeye_move_ballots(text, text) TO popeye_result;
    IF to_regclass('goose_db_version') IS NOT NULL THEN -- not where psql has run these files
        GRANT SELECT ON goose_db_version TO popeye_result;
    END IF;
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION popeye_grant() FROM PUBLIC;
SELECT popeye_grant();

UPDATE popeye_schema SET version = greatest(version, 19);
