-- +goose Up

-- The request that made a poll, so that it makes no second one when it comes
-- again; NULL if it had no name.
ALTER TABLE polls ADD COLUMN IF NOT EXISTS request text COLLATE "C";
CREATE UNIQUE INDEX IF NOT EXISTS polls_request ON polls (request);

UPDATE popeye_schema SET version = greatest(version, 10);
