-- +goose Up

-- Who has signed in as the organiser. A key is an HMAC of what the cookie holds,
-- under the organiser's token: neither can be told from it, and a new token knows
-- none of the old keys. Times are microseconds.
CREATE TABLE IF NOT EXISTS sessions (
    key   BLOB PRIMARY KEY,
    began INTEGER NOT NULL,
    ends  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What organisers did. A row is written in the transaction of the change that it
-- tells of, and stays.
CREATE TABLE IF NOT EXISTS audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    origin TEXT NOT NULL,  -- the address that the request came from, as known
    what   TEXT NOT NULL,
    poll   TEXT NOT NULL,  -- '' for what is of no poll
    before TEXT,           -- JSON
    after  TEXT            -- JSON
) STRICT;
CREATE INDEX IF NOT EXISTS audit_poll ON audit (poll, id);

-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS audit_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only: UPDATE is refused');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS audit_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only: DELETE is refused');
END;
-- +goose StatementEnd

-- INSERT OR REPLACE deletes without the trigger above.
-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS audit_insert BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only: REPLACE is refused');
END;
-- +goose StatementEnd
