-- +goose Up

-- One ballot for each voter of each poll: the latest by position. The defaults
-- are for rows written by hand: the default poll, and a place after every vote
-- that was queued until now. (julianday, for shells older than unixepoch.)
CREATE TABLE IF NOT EXISTS ballots (
    poll     TEXT NOT NULL DEFAULT 'default',
    voter    TEXT NOT NULL,
    ballot   TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    at       INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
    PRIMARY KEY (poll, voter)
) STRICT, WITHOUT ROWID;

-- How many voters each ballot has.
CREATE TABLE IF NOT EXISTS tallies (
    poll   TEXT NOT NULL,
    ballot TEXT NOT NULL,
    voters INTEGER NOT NULL,
    PRIMARY KEY (poll, ballot)
) STRICT, WITHOUT ROWID;

-- The program counts by itself, once for each batch, because a trigger can only
-- count row by row, which takes four times as long. It says so with a row here,
-- that never outlives its transaction: nobody else ever sees one.
CREATE TABLE IF NOT EXISTS counting (one INTEGER PRIMARY KEY CHECK (one = 1)) STRICT;

-- For all others the triggers keep tallies equal to a recount of ballots, in
-- the same transaction. Their statements insert only what is not there: an
-- upsert would obey the OR clause of the statement that fired them.

-- INSERT OR REPLACE removes the old row without a word to ballots_deleted. So
-- what an INSERT finds in its place is noted here before, and, if the INSERT
-- then takes place all the same, taken off the tally. A note that is left over,
-- by INSERT OR IGNORE or an upsert, is dropped before the next.
CREATE TABLE IF NOT EXISTS replaced (
    poll   TEXT NOT NULL,
    ballot TEXT NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS ballots_replacing BEFORE INSERT ON ballots
WHEN NOT EXISTS (SELECT 1 FROM counting)
BEGIN
    DELETE FROM replaced;
    INSERT INTO replaced (poll, ballot)
    SELECT poll, ballot FROM ballots WHERE poll = NEW.poll AND voter = NEW.voter;
END;
-- +goose StatementEnd

-- +goose StatementBegin
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
-- +goose StatementEnd

-- +goose StatementBegin
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
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS ballots_deleted AFTER DELETE ON ballots
WHEN NOT EXISTS (SELECT 1 FROM counting)
BEGIN
    UPDATE tallies SET voters = voters - 1 WHERE poll = OLD.poll AND ballot = OLD.ballot;
    DELETE FROM tallies WHERE poll = OLD.poll AND ballot = OLD.ballot AND voters = 0;
    UPDATE changes SET seq = seq + 1 WHERE poll = OLD.poll;
    DELETE FROM replaced;
END;
-- +goose StatementEnd

-- A ballot stays its voter's: to move it, delete it and insert another.
-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS ballots_key BEFORE UPDATE OF poll, voter ON ballots
WHEN OLD.poll <> NEW.poll OR OLD.voter <> NEW.voter
BEGIN
    SELECT RAISE(ABORT, 'a ballot can not move to another poll or voter');
END;
-- +goose StatementEnd

-- A ballot changed by hand is the voter's word as of now: it moves behind every
-- vote that was queued until now, as an inserted one does. Else a vote cast
-- before the change, but still on its way, would undo it. Votes cast later win
-- as always. The worker brings positions of its own and never comes here.
-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS ballots_by_hand AFTER UPDATE OF ballot ON ballots
WHEN OLD.position = NEW.position
BEGIN
    UPDATE ballots
    SET position = max(OLD.position, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
        at = CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)
    WHERE poll = NEW.poll AND voter = NEW.voter;
END;
-- +goose StatementEnd
