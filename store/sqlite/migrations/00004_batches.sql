-- +goose Up

-- The batches that were applied. A row is written in the transaction that
-- applies the batch; a batch that comes again finds it and changes nothing.
CREATE TABLE IF NOT EXISTS batches (
    id         INTEGER PRIMARY KEY,
    last       INTEGER NOT NULL,  -- its greatest position
    votes      INTEGER NOT NULL,  -- votes that were stored
    dead       TEXT NOT NULL,     -- [{"position", "reason"}], the worker's and the store's
    applied_at INTEGER NOT NULL
) STRICT;

-- The sums of the batches whose rows are gone. Every batch below was applied.
CREATE TABLE IF NOT EXISTS compacted (
    one   INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    below INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    votes INTEGER NOT NULL,
    dead  INTEGER NOT NULL
) STRICT;
INSERT INTO compacted (below, last, votes, dead) SELECT 0, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM compacted);

-- What ever came from the queue, for the operator's accounts: the messages that
-- the queue has accepted are these, and those it still holds.
CREATE VIEW IF NOT EXISTS accounts AS
    SELECT c.votes + (SELECT coalesce(sum(votes), 0) FROM batches) AS stored,
           c.dead + (SELECT coalesce(sum(json_array_length(dead)), 0) FROM batches) AS dead
    FROM compacted AS c;
