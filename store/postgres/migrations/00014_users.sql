-- +goose Up

-- Where worker and result are users of their own (deploy/postgres/users.sql), the
-- schema is popeye_worker's, and popeye_result may read, change definitions, and
-- delete ballots: it can't write one, nor touch a tally. What follows lets it
-- work so. Where everybody is the same user nothing changes.

-- Whoever writes a ballot moves its tally, with the rights of the schema's owner.
-- Nobody else may hang this function on a table of their own.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION popeye_ballots_changed() SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION popeye_ballots_changed() FROM PUBLIC;

-- Moves a poll's ballots to the name that the poll has got. It is one statement, so
-- that a row written by hand meanwhile is either moved or belongs to the poll that
-- comes next. They go where no others are: nobody adds to a poll by this.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION popeye_move_ballots(source text, target text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF EXISTS (SELECT FROM ballots WHERE poll = target) THEN
        RAISE EXCEPTION 'poll % has ballots of its own', target;
    END IF;
    WITH moved AS (DELETE FROM ballots WHERE poll = source RETURNING voter, ballot, position, at)
    INSERT INTO ballots (poll, voter, ballot, position, at)
    SELECT target, voter, ballot, position, at FROM moved;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION popeye_move_ballots(text, text) SET search_path = %I, pg_temp', current_schema());
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION popeye_move_ballots(text, text) FROM PUBLIC;

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
    GRANT SELECT, INSERT, UPDATE, DELETE ON polls, removals TO popeye_result;
    GRANT SELECT, UPDATE ON board TO popeye_result;
    GRANT INSERT, UPDATE ON changes TO popeye_result;
    GRANT DELETE ON ballots TO popeye_result;
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

UPDATE popeye_schema SET version = greatest(version, 14);
