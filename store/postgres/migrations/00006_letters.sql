-- +goose Up

-- The dead letters: messages that became no ballot, for a person to look at. One
-- is written in the transaction that applies its batch, and goes when it is
-- replayed or dropped; above a bound the oldest go.
CREATE TABLE IF NOT EXISTS letters (
    position bigint PRIMARY KEY,
    batch    bigint NOT NULL,  -- the id of the batch that it came in
    reason   text NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    size     integer NOT NULL, -- bytes that the message had
    raw      bytea NOT NULL    -- the message, or its beginning
);

-- Of the dead messages of a batch, those that were replayed since: they are among
-- its votes now. The verdicts stay as they are, for a batch that comes again.
ALTER TABLE batches ADD COLUMN IF NOT EXISTS replayed integer NOT NULL DEFAULT 0;

CREATE OR REPLACE VIEW accounts AS
    SELECT c.votes + coalesce(sum(b.votes), 0)::bigint AS stored,
           c.dead + coalesce(sum(jsonb_array_length(b.dead) - b.replayed), 0)::bigint AS dead
    FROM compacted AS c LEFT JOIN batches AS b ON true
    GROUP BY c.votes, c.dead;

-- The last account that a worker took of queue and store together, for those who
-- can't reach the queue. Empty until then.
CREATE TABLE IF NOT EXISTS last_account (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    accepted bigint NOT NULL,
    stored   bigint NOT NULL,
    waiting  bigint NOT NULL,
    dead     bigint NOT NULL,
    lag      bigint NOT NULL,      -- microseconds
    as_of    timestamptz NOT NULL  -- by the queue's clock
);

UPDATE popeye_schema SET version = greatest(version, 6);
