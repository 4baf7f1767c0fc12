-- +goose Up

-- The request that made a poll, so that it makes no second one when it comes
-- again; NULL if it had no name.
ALTER TABLE polls ADD COLUMN request TEXT;
CREATE UNIQUE INDEX polls_request ON polls (request);
