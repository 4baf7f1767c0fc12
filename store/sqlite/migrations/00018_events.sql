-- +goose Up

-- A short code leads to each poll. Those that are there draw theirs now, each from its
-- own share of all codes, so that no two are the same; the shares go to them at random.
ALTER TABLE polls ADD COLUMN code TEXT;
CREATE UNIQUE INDEX polls_code ON polls (code);
WITH
    drawn (slug, n) AS MATERIALIZED (SELECT slug, row_number() OVER (ORDER BY random()) - 1 FROM polls),
    share (size) AS MATERIALIZED (SELECT 900000 / count(*) FROM polls)
UPDATE polls SET code = CAST(100000 + drawn.n * share.size + abs(random() % share.size) AS TEXT)
FROM drawn, share WHERE drawn.slug = polls.slug;

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
