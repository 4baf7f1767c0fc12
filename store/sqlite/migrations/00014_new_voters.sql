-- +goose Up

-- New voters of the last minute, and those of the network that brought most.
ALTER TABLE last_account ADD COLUMN new_voters INTEGER NOT NULL DEFAULT 0;
ALTER TABLE last_account ADD COLUMN new_voters_largest INTEGER NOT NULL DEFAULT 0;
