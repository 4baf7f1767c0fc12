-- +goose Up

-- The batches that were applied. A row is written in the transaction that
-- applies the batch; a batch that comes again finds it and changes nothing.
CREATE TABLE IF NOT EXISTS batches (
    id         bigint PRIMARY KEY,
    last       bigint NOT NULL,              -- its greatest position
    votes      integer NOT NULL DEFAULT 0,   -- votes that were stored
    dead       jsonb NOT NULL DEFAULT '[]',  -- [{"position", "reason"}], the worker's and the store's
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- The sums of the batches whose rows are gone. Every batch below was applied.
CREATE TABLE IF NOT EXISTS compacted (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    below bigint NOT NULL,
    last  bigint NOT NULL,
    votes bigint NOT NULL,
    dead  bigint NOT NULL
);
INSERT INTO compacted (below, last, votes, dead) VALUES (0, 0, 0, 0) ON CONFLICT DO NOTHING;

-- What ever came from the queue, for the operator's accounts: the messages that
-- the queue has accepted are these, and those it still holds.
CREATE OR REPLACE VIEW accounts AS
    SELECT c.votes + coalesce(sum(b.votes), 0)::bigint AS stored,
           c.dead + coalesce(sum(jsonb_array_length(b.dead)), 0)::bigint AS dead
    FROM compacted AS c LEFT JOIN batches AS b ON true
    GROUP BY c.votes, c.dead;

UPDATE popeye_schema SET version = greatest(version, 4);
