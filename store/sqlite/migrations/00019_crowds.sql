-- +goose Up

-- How many pages follow each event.
ALTER TABLE last_account ADD COLUMN crowds TEXT NOT NULL DEFAULT '';
