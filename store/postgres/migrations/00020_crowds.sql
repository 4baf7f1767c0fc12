-- +goose Up

-- How many pages follow each event: result can't ask the voting fronts.
ALTER TABLE last_account ADD COLUMN IF NOT EXISTS crowds text NOT NULL DEFAULT '';

UPDATE popeye_schema SET version = greatest(version, 20);
