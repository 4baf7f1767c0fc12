-- +goose Up

-- Tables and a column get the names that they have everywhere else. The files before
-- keep the old ones, since a database may be at any of them. When they run again on a
-- database of later, they make the old tables anew, empty: those go. A letter in one
-- of them is moved, for a worker of before may have found the table in between.
-- It is one statement, which locks the tables in the order in which programs do.
-- +goose StatementBegin
DO $$
BEGIN
    IF to_regclass('board') IS NOT NULL THEN
        LOCK TABLE board IN ACCESS EXCLUSIVE MODE;
    END IF;
    LOCK TABLE polls IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'polls'::regclass AND attname = 'born' AND NOT attisdropped) THEN
        ALTER TABLE polls RENAME COLUMN born TO created_revision;
    END IF;

    IF to_regclass('catalog') IS NULL THEN
        ALTER TABLE board RENAME TO catalog;
        ALTER INDEX IF EXISTS board_pkey RENAME TO catalog_pkey;
    ELSE
        DROP TABLE IF EXISTS board;
    END IF;

    IF to_regclass('dead_letters') IS NULL THEN
        ALTER TABLE letters RENAME TO dead_letters;
        ALTER INDEX IF EXISTS letters_pkey RENAME TO dead_letters_pkey;
    ELSIF to_regclass('letters') IS NOT NULL THEN
        LOCK TABLE letters IN ACCESS EXCLUSIVE MODE;
        INSERT INTO dead_letters (position, batch, reason, at, size, raw)
        SELECT position, batch, reason, at, size, raw FROM letters
        ON CONFLICT (position) DO NOTHING;
        DROP TABLE letters;
    END IF;
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
    GRANT SELECT, INSERT, UPDATE, DELETE ON polls, removals TO popeye_result;
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

UPDATE popeye_schema SET version = greatest(version, 18);
