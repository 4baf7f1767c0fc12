-- +goose Up

-- Polls that are deleted and have ballots left: up to the voter "through" they
-- are removed. The name of such a poll can't be given to another, so that nobody
-- sees its ballots there. They are removed in slices, because a transaction that
-- removes millions would hold up every change of a poll.
CREATE TABLE IF NOT EXISTS removals (
    poll    text COLLATE "C" PRIMARY KEY,
    through text COLLATE "C" NOT NULL DEFAULT ''
);

UPDATE popeye_schema SET version = greatest(version, 12);
