-- +goose Up

-- New voters of the last minute, and those of the network that brought most:
-- result can't ask the voting fronts.
ALTER TABLE last_account
    ADD COLUMN IF NOT EXISTS new_voters bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS new_voters_largest bigint NOT NULL DEFAULT 0;

UPDATE popeye_schema SET version = greatest(version, 15);
