-- +goose Up

-- What tells a batch that comes again from another one under the same id, and what
-- the queue had assigned before it: see store.Batch. Unknown for the batches of the
-- builds before.
ALTER TABLE batches ADD COLUMN IF NOT EXISTS prev bigint;
ALTER TABLE batches ADD COLUMN IF NOT EXISTS digest bytea;

-- For another day, the digests of batches whose rows are gone: a copy of the queue
-- that is put back may hold such a batch, and its votes are not new.
CREATE TABLE IF NOT EXISTS forgotten (
    id     bigint PRIMARY KEY,
    digest bytea NOT NULL
);

UPDATE popeye_schema SET version = greatest(version, 11);
