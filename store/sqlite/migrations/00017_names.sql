-- +goose Up

-- Tables and a column get the names that they have everywhere else.
ALTER TABLE board RENAME TO catalog;
ALTER TABLE letters RENAME TO dead_letters;
ALTER TABLE polls RENAME COLUMN born TO created_revision;
