-- +goose Up

-- When a poll is to open and to close by itself; NULL for never.
ALTER TABLE polls ADD COLUMN opens_at INTEGER;
ALTER TABLE polls ADD COLUMN closes_at INTEGER;
