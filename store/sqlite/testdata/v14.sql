-- A file of version 14, as SQLite dumps it: made by the last program that kept a
-- poll's definition in columns. storetest.UpgradedDefinitions says what it holds.
BEGIN TRANSACTION;
CREATE TABLE audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    origin TEXT NOT NULL,  -- the address that the request came from, as known
    what   TEXT NOT NULL,
    poll   TEXT NOT NULL,  -- '' for what is of no poll
    before TEXT,           -- JSON
    after  TEXT            -- JSON
) STRICT;
CREATE TABLE ballots (
    poll     TEXT NOT NULL DEFAULT 'default',
    voter    TEXT NOT NULL,
    ballot   TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    at       INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    PRIMARY KEY (poll, voter)
) STRICT, WITHOUT ROWID;
INSERT INTO "ballots" VALUES('default','ann','c',3000,1795867349323473);
INSERT INTO "ballots" VALUES('default','bob','b',2001,1795867349273808);
INSERT INTO "ballots" VALUES('film','ann','a=7,b=1',2004,1795867349273716);
INSERT INTO "ballots" VALUES('lunch','ann','b>a',2002,1795867349273799);
INSERT INTO "ballots" VALUES('lunch','bob','c',2003,1795867349273786);
INSERT INTO "ballots" VALUES('tea','bob','b',3001,1795867349323446);
INSERT INTO "ballots" VALUES('tea-of-monday','ann','a',2005,1795867349273703);
CREATE TABLE batches (
    id         INTEGER PRIMARY KEY,
    last       INTEGER NOT NULL,  -- its greatest position
    votes      INTEGER NOT NULL,  -- votes that were stored
    dead       TEXT NOT NULL,     -- [{"position", "reason"}], the worker's and the store's
    applied_at INTEGER NOT NULL
, replayed INTEGER NOT NULL DEFAULT 0, prev INTEGER, digest BLOB) STRICT;
INSERT INTO "batches" VALUES(2000,2007,7,'[{"position":2007,"reason":"the poll is draft"}]',1795867349275673,0,1000,X'646967657374');
INSERT INTO "batches" VALUES(3000,3001,2,'[]',1795867349324314,0,2000,X'646967657374');
CREATE TABLE board (
    one      INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO "board" VALUES(1,14);
CREATE TABLE changes (
    poll TEXT PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "changes" VALUES('default',3);
INSERT INTO "changes" VALUES('dinner',1);
INSERT INTO "changes" VALUES('film',2);
INSERT INTO "changes" VALUES('gone',4);
INSERT INTO "changes" VALUES('lunch',6);
INSERT INTO "changes" VALUES('tea',4);
INSERT INTO "changes" VALUES('tea-of-monday',1);
CREATE TABLE compacted (
    one   INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    below INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    votes INTEGER NOT NULL,
    dead  INTEGER NOT NULL
) STRICT;
INSERT INTO "compacted" VALUES(1,0,0,0,0);
CREATE TABLE counting (one INTEGER PRIMARY KEY CHECK (one = 1)) STRICT;
CREATE TABLE environment (
    one   INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    asked TEXT NOT NULL
) STRICT;
CREATE TABLE forgotten (
    id     INTEGER PRIMARY KEY,
    digest BLOB NOT NULL
) STRICT;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-28 12:02:28');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-28 12:02:28');
INSERT INTO "goose_db_version" VALUES(3,2,1,'2026-11-28 12:02:28');
INSERT INTO "goose_db_version" VALUES(4,3,1,'2026-11-28 12:02:28');
INSERT INTO "goose_db_version" VALUES(5,4,1,'2026-11-28 12:02:28');
INSERT INTO "goose_db_version" VALUES(6,5,1,'2026-11-28 12:02:28');
INSERT INTO "goose_db_version" VALUES(7,6,1,'2026-11-28 12:02:28');
INSERT INTO "goose_db_version" VALUES(8,7,1,'2026-11-28 12:02:28');
INSERT INTO "goose_db_version" VALUES(9,8,1,'2026-11-28 12:02:28');
INSERT INTO "goose_db_version" VALUES(10,9,1,'2026-11-28 12:02:28');
INSERT INTO "goose_db_version" VALUES(11,10,1,'2026-11-28 12:02:29');
INSERT INTO "goose_db_version" VALUES(12,11,1,'2026-11-28 12:02:29');
INSERT INTO "goose_db_version" VALUES(13,12,1,'2026-11-28 12:02:29');
INSERT INTO "goose_db_version" VALUES(14,13,1,'2026-11-28 12:02:29');
INSERT INTO "goose_db_version" VALUES(15,14,1,'2026-11-28 12:02:29');
CREATE TABLE last_account (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    accepted INTEGER NOT NULL,
    stored   INTEGER NOT NULL,
    waiting  INTEGER NOT NULL,
    dead     INTEGER NOT NULL,
    lag      INTEGER NOT NULL,  -- microseconds
    as_of    INTEGER NOT NULL   -- by the queue's clock
, queue_risk TEXT NOT NULL DEFAULT '', new_voters INTEGER NOT NULL DEFAULT 0, new_voters_largest INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE letters (
    position INTEGER PRIMARY KEY,
    batch    INTEGER NOT NULL,  -- the id of the batch that it came in
    reason   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    size     INTEGER NOT NULL,  -- bytes that the message had
    raw      BLOB NOT NULL      -- the message, or its beginning
) STRICT;
INSERT INTO "letters" VALUES(2007,2000,'the poll is draft',1795867349275727,3,X'726177');
CREATE TABLE polls (
    slug       TEXT PRIMARY KEY,
    question   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    options    TEXT NOT NULL,     -- JSON
    min        INTEGER NOT NULL,
    max        INTEGER NOT NULL,
    status     TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    born       INTEGER NOT NULL,  -- the revision that created it: the board's order
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
, opens_at INTEGER, closes_at INTEGER, history TEXT NOT NULL DEFAULT '{}', request TEXT) STRICT, WITHOUT ROWID;
INSERT INTO "polls" VALUES('default','Which tool?','single','[{"id":"a","label":"Ansible"},{"id":"b","label":"Chef"},{"id":"c","label":"Puppet"},{"id":"d","label":"SaltStack"}]',0,0,'open',2,1,1795867348921984,1795867349176034,NULL,NULL,'{"corrections":[{"at":"2026-11-28T12:02:29.176034Z","field":"question","was":"What''s your favorite DevOps tool?","is":"Which tool?"}]}',NULL);
INSERT INTO "polls" VALUES('dinner','And then?','multiple','[{"id":"a","label":"Wine"},{"id":"b","label":"Tea"}]',1,2,'draft',5,5,1795867349191688,1795867349191688,3786976800000000,3786984000000500,'{}',NULL);
INSERT INTO "polls" VALUES('film','How was “the film”?','score','[{"id":"a","label":"Plot"},{"id":"b","label":"Music"}]',1,7,'open',3,3,1795867349189069,1795867349189069,NULL,NULL,'{}','form-1');
INSERT INTO "polls" VALUES('lunch','Where to?','ranked','[{"id":"a","label":"Pizza"},{"id":"b","label":"寿司"},{"id":"c","label":"Salad"}]',0,0,'closed',11,4,1795867349190511,1795867349303868,NULL,NULL,'{"corrections":[{"at":"2026-11-28T12:02:29.278674Z","field":"options.a","was":"Piza","is":"Pizza"}],"reopenings":[{"at":"2026-11-28T12:02:29.296997Z","voters":2}]}',NULL);
INSERT INTO "polls" VALUES('tea','Tea again?','single','[{"id":"a","label":"Yes"},{"id":"b","label":"No"}]',0,0,'open',13,13,1795867349305790,1795867349305790,NULL,NULL,'{"parent":"tea-of-monday"}',NULL);
INSERT INTO "polls" VALUES('tea-of-monday','Tea?','single','[{"id":"a","label":"Yes"},{"id":"b","label":"No"}]',0,0,'closing',12,6,1795867349233316,1795867349305364,NULL,NULL,'{}',NULL);
CREATE TABLE removals (
    poll    TEXT PRIMARY KEY,
    through TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE replaced (
    poll   TEXT NOT NULL,
    ballot TEXT NOT NULL
) STRICT;
CREATE TABLE sessions (
    key   BLOB PRIMARY KEY,
    began INTEGER NOT NULL,
    ends  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE tallies (
    poll   TEXT NOT NULL,
    ballot TEXT NOT NULL,
    voters INTEGER NOT NULL,
    PRIMARY KEY (poll, ballot)
) STRICT, WITHOUT ROWID;
INSERT INTO "tallies" VALUES('default','b',1);
INSERT INTO "tallies" VALUES('default','c',1);
INSERT INTO "tallies" VALUES('film','a=7,b=1',1);
INSERT INTO "tallies" VALUES('lunch','b>a',1);
INSERT INTO "tallies" VALUES('lunch','c',1);
INSERT INTO "tallies" VALUES('tea','b',1);
INSERT INTO "tallies" VALUES('tea-of-monday','a',1);
CREATE TRIGGER ballots_replacing BEFORE INSERT ON ballots
WHEN NOT EXISTS (SELECT 1 FROM counting)
BEGIN
    DELETE FROM replaced;
    INSERT INTO replaced (poll, ballot)
    SELECT poll, ballot FROM ballots WHERE poll = NEW.poll AND voter = NEW.voter;
END;
CREATE TRIGGER ballots_inserted AFTER INSERT ON ballots
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
CREATE TRIGGER ballots_updated AFTER UPDATE OF ballot ON ballots
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
CREATE TRIGGER ballots_deleted AFTER DELETE ON ballots
WHEN NOT EXISTS (SELECT 1 FROM counting)
BEGIN
    UPDATE tallies SET voters = voters - 1 WHERE poll = OLD.poll AND ballot = OLD.ballot;
    DELETE FROM tallies WHERE poll = OLD.poll AND ballot = OLD.ballot AND voters = 0;
    UPDATE changes SET seq = seq + 1 WHERE poll = OLD.poll;
    DELETE FROM replaced;
END;
CREATE TRIGGER ballots_key BEFORE UPDATE OF poll, voter ON ballots
WHEN OLD.poll <> NEW.poll OR OLD.voter <> NEW.voter
BEGIN
    SELECT RAISE(ABORT, 'a ballot can not move to another poll or voter');
END;
CREATE TRIGGER ballots_by_hand AFTER UPDATE OF ballot ON ballots
WHEN OLD.position = NEW.position
BEGIN
    UPDATE ballots
    SET position = max(OLD.position, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
        at = CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
    WHERE poll = NEW.poll AND voter = NEW.voter;
END;
CREATE VIEW votes AS
    SELECT voter AS id, ballot AS vote FROM ballots WHERE poll = 'default';
CREATE TRIGGER votes_insert INSTEAD OF INSERT ON votes
BEGIN
    INSERT INTO ballots (voter, ballot) VALUES (NEW.id, NEW.vote);
END;
CREATE TRIGGER votes_update INSTEAD OF UPDATE ON votes
BEGIN
    UPDATE ballots SET voter = NEW.id, ballot = NEW.vote WHERE poll = 'default' AND voter = OLD.id;
END;
CREATE TRIGGER votes_delete INSTEAD OF DELETE ON votes
BEGIN
    DELETE FROM ballots WHERE poll = 'default' AND voter = OLD.id;
END;
CREATE VIEW accounts AS
    SELECT c.votes + (SELECT coalesce(sum(votes), 0) FROM batches) AS stored,
           c.dead + (SELECT coalesce(sum(json_array_length(dead) - replayed), 0) FROM batches) AS dead
    FROM compacted AS c;
CREATE UNIQUE INDEX polls_request ON polls (request);
CREATE INDEX audit_poll ON audit (poll, id);
CREATE TRIGGER audit_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only: UPDATE is refused');
END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only: DELETE is refused');
END;
CREATE TRIGGER audit_insert BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only: REPLACE is refused');
END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',15);
COMMIT;
