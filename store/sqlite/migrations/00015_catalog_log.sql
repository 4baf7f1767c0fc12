-- +goose Up

-- Which poll each revision of the catalog made, changed or deleted, for the last
-- store.MaxCatalogLog revisions: so what is new can be read without reading all polls.
-- A name that no poll has any more tells of one that was deleted. The mark is random:
-- a file that was restored from a backup gives a revision again, under another mark.
-- A revision that is missing makes the program read all polls. '' is for a revision
-- that changed no poll.
CREATE TABLE IF NOT EXISTS catalog_log (
    revision INTEGER PRIMARY KEY,
    poll     TEXT NOT NULL,
    mark     TEXT NOT NULL
) STRICT;
INSERT OR IGNORE INTO catalog_log (revision, poll, mark) SELECT revision, '', hex(randomblob(16)) FROM board;
