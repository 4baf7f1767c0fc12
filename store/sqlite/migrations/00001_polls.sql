-- +goose Up

-- The revision of the board: that of the newest change to any poll. A deletion
-- takes a revision too.
CREATE TABLE IF NOT EXISTS board (
    one      INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO board (revision) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM board);

-- The definitions. Change them through the program: it also moves the board on.
-- Times are microseconds since 1970.
CREATE TABLE IF NOT EXISTS polls (
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
) STRICT, WITHOUT ROWID;

-- How often each poll's tally or definition has changed. A row outlives its
-- poll: a poll that is made again goes on counting, so that whoever kept the
-- old figure sees that the new one is newer.
CREATE TABLE IF NOT EXISTS changes (
    poll TEXT PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
