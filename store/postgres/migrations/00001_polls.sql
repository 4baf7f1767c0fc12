-- +goose Up

-- These files run in two ways: as init scripts of the db container, by psql, in
-- the order of their names, at its first start; and by the worker, through
-- goose, which records them. The second finds what the first made. So each is
-- plain SQL, may run again at any time, and says at its end how far the schema
-- has come: goose's own table is not there when psql ran them.
CREATE TABLE IF NOT EXISTS popeye_schema (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);
INSERT INTO popeye_schema (version) VALUES (0) ON CONFLICT DO NOTHING;

-- The revision of the board: that of the newest change to any poll. Whoever
-- changes a poll locks this row first, so changes happen one after the other
-- and revisions are committed in their order. A deletion takes a revision too.
CREATE TABLE IF NOT EXISTS board (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    revision bigint NOT NULL
);
INSERT INTO board (revision) VALUES (0) ON CONFLICT DO NOTHING;

-- The text of every key is COLLATE "C", here and in the files that follow: bytes
-- are compared as bytes. That is fast, the same on every server, and an index
-- does not break when the operating system's idea of the alphabet changes.

-- The definitions. Change them through the program: it also moves the board
-- on, tells those who watch, and waits for the votes that are on their way.
CREATE TABLE IF NOT EXISTS polls (
    slug       text COLLATE "C" PRIMARY KEY,
    question   text NOT NULL,
    kind       text NOT NULL,
    options    jsonb NOT NULL,
    min        integer NOT NULL,
    max        integer NOT NULL,
    status     text NOT NULL,
    revision   bigint NOT NULL,
    born       bigint NOT NULL,  -- the revision that created it: the board's order
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);

-- How often each poll's tally or definition has changed. A row outlives its
-- poll: a poll that is made again goes on counting, so that whoever kept the
-- old figure sees that the new one is newer.
CREATE TABLE IF NOT EXISTS changes (
    poll text COLLATE "C" PRIMARY KEY,
    seq  bigint NOT NULL
) WITH (fillfactor = 50);  -- one hot row for each poll: leave room to update it in place

UPDATE popeye_schema SET version = greatest(version, 1);
