-- +goose Up

-- What a definition says of its own past, as JSON: corrections of its words,
-- reopenings, and the poll that had its name before.
ALTER TABLE polls ADD COLUMN history TEXT NOT NULL DEFAULT '{}';

-- What the environment asked of the default poll when it was last obeyed. Empty
-- until then. A program that starts with the same words leaves the poll alone,
-- whatever the organiser has made of it.
CREATE TABLE IF NOT EXISTS environment (
    one   INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    asked TEXT NOT NULL
) STRICT;
