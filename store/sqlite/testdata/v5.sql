-- A database as it was at version 5 of the schema, with a vote in it: what the
-- first five migrations made, and rows. Goose's own table is not here: where init
-- scripts made the schema there was none. storetest.Upgraded says what must be
-- there after an upgrade.

-- 00001_polls.sql

CREATE TABLE IF NOT EXISTS board (
    one      INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO board (revision) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM board);

CREATE TABLE IF NOT EXISTS polls (
    slug       TEXT PRIMARY KEY,
    question   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    options    TEXT NOT NULL,
    min        INTEGER NOT NULL,
    max        INTEGER NOT NULL,
    status     TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    born       INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS changes (
    poll TEXT PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- 00002_ballots.sql

CREATE TABLE IF NOT EXISTS ballots (
    poll     TEXT NOT NULL DEFAULT 'default',
    voter    TEXT NOT NULL,
    ballot   TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    at       INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    PRIMARY KEY (poll, voter)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tallies (
    poll   TEXT NOT NULL,
    ballot TEXT NOT NULL,
    voters INTEGER NOT NULL,
    PRIMARY KEY (poll, ballot)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS counting (one INTEGER PRIMARY KEY CHECK (one = 1)) STRICT;

CREATE TABLE IF NOT EXISTS replaced (
    poll   TEXT NOT NULL,
    ballot TEXT NOT NULL
) STRICT;

CREATE TRIGGER IF NOT EXISTS ballots_replacing BEFORE INSERT ON ballots
WHEN NOT EXISTS (SELECT 1 FROM counting)
BEGIN
    DELETE FROM replaced;
    INSERT INTO replaced (poll, ballot)
    SELECT poll, ballot FROM ballots WHERE poll = NEW.poll AND voter = NEW.voter;
END;

CREATE TRIGGER IF NOT EXISTS ballots_inserted AFTER INSERT ON ballots
WHEN NOT EXISTS (SELECT 1 FROM counting)
BEGIN
    UPDATE tallies SET voters = voters - 1 WHERE (poll, ballot) IN (SELECT poll, ballot FROM replaced);
    INSERT INTO tallies (poll, ballot, voters)
    SELECT NEW.poll, NEW.ballot, 0
    WHERE NOT EXISTS (SELECT 1 FROM tallies WHERE poll = NEW.poll AND ballot = NEW.ballot);
    UPDATE tallies SET voters = voters + 1 WHERE poll = NEW.poll AND ballot = NEW.ballot;
    DELETE FROM tallies WHERE (poll, ballot) IN (SELECT poll, ballot FROM replaced) AND voters = 0;
    DELETE FROM replaced;
    INSERT INTO changes (poll, seq)
    SELECT NEW.poll, 0 WHERE NOT EXISTS (SELECT 1 FROM changes WHERE poll = NEW.poll);
    UPDATE changes SET seq = seq + 1 WHERE poll = NEW.poll;
END;

CREATE TRIGGER IF NOT EXISTS ballots_updated AFTER UPDATE OF ballot ON ballots
WHEN OLD.ballot <> NEW.ballot AND NOT EXISTS (SELECT 1 FROM counting)
BEGIN
    UPDATE tallies SET voters = voters - 1 WHERE poll = OLD.poll AND ballot = OLD.ballot;
    DELETE FROM tallies WHERE poll = OLD.poll AND ballot = OLD.ballot AND voters = 0;
    INSERT INTO tallies (poll, ballot, voters)
    SELECT NEW.poll, NEW.ballot, 0
    WHERE NOT EXISTS (SELECT 1 FROM tallies WHERE poll = NEW.poll AND ballot = NEW.ballot);
    UPDATE tallies SET voters = voters + 1 WHERE poll = NEW.poll AND ballot = NEW.ballot;
    UPDATE changes SET seq = seq + 1 WHERE poll = NEW.poll;
END;

CREATE TRIGGER IF NOT EXISTS ballots_deleted AFTER DELETE ON ballots
WHEN NOT EXISTS (SELECT 1 FROM counting)
BEGIN
    UPDATE tallies SET voters = voters - 1 WHERE poll = OLD.poll AND ballot = OLD.ballot;
    DELETE FROM tallies WHERE poll = OLD.poll AND ballot = OLD.ballot AND voters = 0;
    UPDATE changes SET seq = seq + 1 WHERE poll = OLD.poll;
    DELETE FROM replaced;
END;

CREATE TRIGGER IF NOT EXISTS ballots_key BEFORE UPDATE OF poll, voter ON ballots
WHEN OLD.poll <> NEW.poll OR OLD.voter <> NEW.voter
BEGIN
    SELECT RAISE(ABORT, 'a ballot can not move to another poll or voter');
END;

CREATE TRIGGER IF NOT EXISTS ballots_by_hand AFTER UPDATE OF ballot ON ballots
WHEN OLD.position = NEW.position
BEGIN
    UPDATE ballots
    SET position = max(OLD.position, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
        at = CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
    WHERE poll = NEW.poll AND voter = NEW.voter;
END;

-- 00003_votes.sql

CREATE VIEW IF NOT EXISTS votes AS
    SELECT voter AS id, ballot AS vote FROM ballots WHERE poll = 'default';

CREATE TRIGGER IF NOT EXISTS votes_insert INSTEAD OF INSERT ON votes
BEGIN
    INSERT INTO ballots (voter, ballot) VALUES (NEW.id, NEW.vote);
END;

CREATE TRIGGER IF NOT EXISTS votes_update INSTEAD OF UPDATE ON votes
BEGIN
    UPDATE ballots SET voter = NEW.id, ballot = NEW.vote WHERE poll = 'default' AND voter = OLD.id;
END;

CREATE TRIGGER IF NOT EXISTS votes_delete INSTEAD OF DELETE ON votes
BEGIN
    DELETE FROM ballots WHERE poll = 'default' AND voter = OLD.id;
END;

-- 00004_batches.sql

CREATE TABLE IF NOT EXISTS batches (
    id         INTEGER PRIMARY KEY,
    last       INTEGER NOT NULL,
    votes      INTEGER NOT NULL,
    dead       TEXT NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS compacted (
    one   INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    below INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    votes INTEGER NOT NULL,
    dead  INTEGER NOT NULL
) STRICT;
INSERT INTO compacted (below, last, votes, dead) SELECT 0, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM compacted);

CREATE VIEW IF NOT EXISTS accounts AS
    SELECT c.votes + (SELECT coalesce(sum(votes), 0) FROM batches) AS stored,
           c.dead + (SELECT coalesce(sum(json_array_length(dead)), 0) FROM batches) AS dead
    FROM compacted AS c;

-- 00005_default_poll.sql

INSERT INTO polls (slug, question, kind, options, min, max, status, revision, born, created_at, changed_at)
SELECT 'default', 'What''s your favorite DevOps tool?', 'single',
       '[{"id":"a","label":"Ansible"},{"id":"b","label":"Chef"},{"id":"c","label":"Puppet"},{"id":"d","label":"SaltStack"}]',
       0, 0, 'open', revision + 1, revision + 1,
       CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER),
       CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
FROM board
WHERE NOT EXISTS (SELECT 1 FROM polls WHERE slug = 'default');
UPDATE board SET revision = revision + 1 WHERE revision = 0;

-- The rows. Triggers tally the ballots.

UPDATE polls SET question = 'Which tool?', revision = 2 WHERE slug = 'default';
INSERT INTO polls (slug, question, kind, options, min, max, status, revision, born, created_at, changed_at) VALUES
    ('lunch', 'Where to?', 'ranked', '[{"id": "a", "label": "Pizza"}, {"id": "b", "label": "Sushi"}]', 0, 0, 'closed', 6, 3, 1793534400000000, 1793620800123456),
    ('dinner', 'And then?', 'multiple', '[{"id": "a", "label": "Wine"}, {"id": "b", "label": "Tea"}]', 1, 2, 'draft', 4, 4, 1793534400000000, 1793534400000000);
UPDATE board SET revision = 7;  -- the last change was that a poll was deleted

INSERT INTO ballots (poll, voter, ballot, position) VALUES
    ('default', 'ann', 'a', 1101), ('default', 'bob', 'a', 1202), ('default', 'cid', 'd', 1200),
    ('lunch', 'ann', 'b>a', 1102), ('lunch', 'bob', 'b', 1203);
INSERT INTO votes (id, vote) VALUES ('eva', 'c');

INSERT INTO batches (id, last, votes, dead, applied_at) VALUES
    (1100, 1103, 3, '[{"position": 1103, "reason": "the poll is draft"}]', 1793620800123456),
    (1200, 1205, 4, '[{"position": 1201, "reason": "not JSON"}, {"position": 1205, "reason": "no such poll"}]', 1793620800123456),
    (1300, 1300, 1, '[]', 1793620800123456);
UPDATE compacted SET below = 1000, last = 999, votes = 40, dead = 2;
