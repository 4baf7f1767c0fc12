-- +goose Up

-- What a definition says of its own past: corrections of its words, reopenings,
-- and the poll that had its name before.
ALTER TABLE polls ADD COLUMN IF NOT EXISTS history jsonb NOT NULL DEFAULT '{}';

-- What the environment asked of the default poll when it was last obeyed. Empty
-- until then. A worker that starts with the same words leaves the poll alone,
-- whatever the organiser has made of it.
CREATE TABLE IF NOT EXISTS environment (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    asked text NOT NULL
);

UPDATE popeye_schema SET version = greatest(version, 8);
