-- +goose Up

-- When a poll is to open and to close by itself; NULL for never.
ALTER TABLE polls
    ADD COLUMN IF NOT EXISTS opens_at timestamptz,
    ADD COLUMN IF NOT EXISTS closes_at timestamptz;

UPDATE popeye_schema SET version = greatest(version, 7);
