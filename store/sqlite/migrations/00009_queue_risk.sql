-- +goose Up

-- How the queue's server may lose votes, '' if it does not: result can't ask it.
ALTER TABLE last_account ADD COLUMN queue_risk TEXT NOT NULL DEFAULT '';
