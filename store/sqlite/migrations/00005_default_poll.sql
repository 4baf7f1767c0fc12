-- +goose Up

-- The poll that exists without an organiser. From its settings the program may
-- change it.
INSERT INTO polls (slug, question, kind, options, min, max, status, revision, born, created_at, changed_at)
SELECT 'default', 'What''s your favorite DevOps tool?', 'single',
       '[{"id":"a","label":"Ansible"},{"id":"b","label":"Chef"},{"id":"c","label":"Puppet"},{"id":"d","label":"SaltStack"}]',
       0, 0, 'open', revision + 1, revision + 1,
       CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER),
       CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
FROM board
WHERE NOT EXISTS (SELECT 1 FROM polls WHERE slug = 'default');
UPDATE board SET revision = revision + 1 WHERE revision = 0;
