-- +goose Up

-- Which poll each revision of the catalog made, changed or deleted, for the last
-- store.MaxCatalogLog revisions: so the worker reads what is new, and not all polls.
-- A name that no poll has any more tells of one that was deleted. The mark is random:
-- a database that was restored from a backup gives a revision again, under another
-- mark. A revision that is missing, since an older program made it for instance, makes
-- the worker read all polls. '' is for a revision that changed no poll.
CREATE TABLE IF NOT EXISTS catalog_log (
    revision bigint PRIMARY KEY,
    poll     text COLLATE "C" NOT NULL,
    mark     text COLLATE "C" NOT NULL
);
INSERT INTO catalog_log (revision, poll, mark)
SELECT revision, '', md5(random()::text || clock_timestamp()::text) FROM board
ON CONFLICT DO NOTHING;

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

UPDATE popeye_schema SET version = greatest(version, 16);
