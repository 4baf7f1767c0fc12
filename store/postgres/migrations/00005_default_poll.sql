-- +goose Up

-- The poll that exists without an organiser, so that there is something to show
-- before the first worker came. From its settings the worker may change it. When
-- these files run again on a database of later, there is nothing to do: its polls
-- have other columns.
-- +goose StatementBegin
DO $$
BEGIN
IF NOT EXISTS (SELECT FROM pg_attribute
               WHERE attrelid = 'polls'::regclass AND attname = 'question' AND NOT attisdropped) THEN
    RETURN;
END IF;
WITH seeded AS (
    INSERT INTO polls (slug, question, kind, options, min, max, status, revision, born, created_at, changed_at)
    SELECT 'default', 'What''s your favorite DevOps tool?', 'single',
           '[{"id": "a", "label": "Ansible"}, {"id": "b", "label": "Chef"},
             {"id": "c", "label": "Puppet"}, {"id": "d", "label": "SaltStack"}]',
           0, 0, 'open', revision + 1, revision + 1, now(), now()
    FROM board
    ON CONFLICT (slug) DO NOTHING
    RETURNING revision
)
UPDATE board SET revision = seeded.revision FROM seeded;
END
$$;
-- +goose StatementEnd

UPDATE popeye_schema SET version = greatest(version, 5);
