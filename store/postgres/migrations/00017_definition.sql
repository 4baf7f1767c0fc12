-- +goose Up

-- A poll's definition is one value: the whole of what organisers decide but the
-- status and the schedule, by which the database itself is asked. A new field of a
-- poll needs no column. What programs of this version don't know in it, they refuse.
ALTER TABLE polls ADD COLUMN IF NOT EXISTS definition jsonb;
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_attribute
               WHERE attrelid = 'polls'::regclass AND attname = 'question' AND NOT attisdropped) THEN
        UPDATE polls
        SET definition = jsonb_build_object('question', question, 'kind', kind, 'options', options, 'min', min, 'max', max) || history
        WHERE definition IS NULL;
    END IF;
END
$$;
-- +goose StatementEnd
ALTER TABLE polls
    ALTER COLUMN definition SET NOT NULL,
    DROP COLUMN IF EXISTS question,
    DROP COLUMN IF EXISTS kind,
    DROP COLUMN IF EXISTS options,
    DROP COLUMN IF EXISTS min,
    DROP COLUMN IF EXISTS max,
    DROP COLUMN IF EXISTS history;

UPDATE popeye_schema SET version = greatest(version, 17);
