-- +goose Up

-- A short code leads to each poll. Those that are there draw theirs now: as many of all
-- codes, in a random order.
ALTER TABLE polls ADD COLUMN code TEXT;
CREATE UNIQUE INDEX polls_code ON polls (code);
WITH RECURSIVE
    codes (code) AS (SELECT 100000 UNION ALL SELECT code + 1 FROM codes WHERE code < 999999 AND EXISTS (SELECT 1 FROM polls)),
    drawn (n, code) AS MATERIALIZED (
        SELECT row_number() OVER (), code FROM (SELECT code FROM codes ORDER BY random() LIMIT (SELECT count(*) FROM polls))
    ),
    numbered (n, slug) AS MATERIALIZED (SELECT row_number() OVER (ORDER BY slug), slug FROM polls)
UPDATE polls SET code = CAST(drawn.code AS TEXT) FROM drawn JOIN numbered USING (n) WHERE numbered.slug = polls.slug;

-- An event is an ordered list of polls under one code, which no poll has. Its name in
-- catalog_log is '#' and the code. request is what asked for it, as for a poll.
CREATE TABLE events (
    code             TEXT PRIMARY KEY,
    definition       TEXT NOT NULL,
    revision         INTEGER NOT NULL,
    created_revision INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    changed_at       INTEGER NOT NULL,
    request          TEXT UNIQUE
) STRICT;
