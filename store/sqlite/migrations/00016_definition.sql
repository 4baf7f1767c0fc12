-- +goose Up

-- A poll's definition is one value, as JSON: the whole of what organisers decide but
-- the status and the schedule, by which the database itself is asked. A new field of
-- a poll needs no column. What programs of this version don't know in it, they refuse.
ALTER TABLE polls ADD COLUMN definition TEXT NOT NULL DEFAULT '{}';
UPDATE polls
SET definition = json_patch(json_object('question', question, 'kind', kind, 'options', json(options), 'min', min, 'max', max), history);
ALTER TABLE polls DROP COLUMN question;
ALTER TABLE polls DROP COLUMN kind;
ALTER TABLE polls DROP COLUMN options;
ALTER TABLE polls DROP COLUMN min;
ALTER TABLE polls DROP COLUMN max;
ALTER TABLE polls DROP COLUMN history;
