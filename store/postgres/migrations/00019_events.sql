-- +goose Up

-- A short code leads to each poll. Those that are there draw theirs now: as many of all
-- codes, in a random order.
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

WITH missing AS MATERIALIZED (
    SELECT slug, row_number() OVER (ORDER BY slug) AS n FROM polls WHERE code IS NULL
), drawn AS MATERIALIZED (
    SELECT code, row_number() OVER () AS n FROM (
        SELECT free.code FROM generate_series(100000, 999999) AS all_codes (number), LATERAL (SELECT number::text AS code) AS free
        WHERE EXISTS (SELECT FROM missing)
          AND NOT EXISTS (SELECT FROM polls WHERE polls.code = free.code) AND NOT EXISTS (SELECT FROM events WHERE events.code = free.code)
        ORDER BY random() LIMIT (SELECT count(*) FROM missing)
    ) AS shuffled
)
UPDATE polls SET code = drawn.code FROM missing JOIN drawn USING (n) WHERE polls.slug = missing.slug;

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
