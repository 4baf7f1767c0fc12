-- +goose Up

-- Polls that are deleted and have ballots left: up to the voter "through" they
-- are removed. The name of such a poll can't be given to another, so that nobody
-- sees its ballots there. They are removed in slices, because a transaction that
-- removes millions would hold up all votes.
CREATE TABLE IF NOT EXISTS removals (
    poll    TEXT PRIMARY KEY,
    through TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
