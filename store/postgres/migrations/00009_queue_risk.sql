-- +goose Up

-- How the queue's server may lose votes, '' if it does not: result can't ask it.
ALTER TABLE last_account ADD COLUMN IF NOT EXISTS queue_risk text NOT NULL DEFAULT '';

UPDATE popeye_schema SET version = greatest(version, 9);
