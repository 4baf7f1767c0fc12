-- +goose Up

-- The dead letters: messages that became no ballot, for a person to look at. One
-- is written in the transaction that applies its batch, and goes when it is
-- replayed or dropped; above a bound the oldest go.
CREATE TABLE IF NOT EXISTS letters (
    position INTEGER PRIMARY KEY,
    batch    INTEGER NOT NULL,  -- the id of the batch that it came in
    reason   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    size     INTEGER NOT NULL,  -- bytes that the message had
    raw      BLOB NOT NULL      -- the message, or its beginning
) STRICT;

-- Of the dead messages of a batch, those that were replayed since: they are among
-- its votes now. The verdicts stay as they are, for a batch that comes again.
ALTER TABLE batches ADD COLUMN replayed INTEGER NOT NULL DEFAULT 0;

DROP VIEW IF EXISTS accounts;
CREATE VIEW accounts AS
    SELECT c.votes + (SELECT coalesce(sum(votes), 0) FROM batches) AS stored,
           c.dead + (SELECT coalesce(sum(json_array_length(dead) - replayed), 0) FROM batches) AS dead
    FROM compacted AS c;

-- The last account that was taken of queue and store together. Empty until then.
CREATE TABLE IF NOT EXISTS last_account (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    accepted INTEGER NOT NULL,
    stored   INTEGER NOT NULL,
    waiting  INTEGER NOT NULL,
    dead     INTEGER NOT NULL,
    lag      INTEGER NOT NULL,  -- microseconds
    as_of    INTEGER NOT NULL   -- by the queue's clock
) STRICT;
