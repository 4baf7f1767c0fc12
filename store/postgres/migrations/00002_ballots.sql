-- +goose Up

-- One ballot for each voter of each poll: the latest by position. The defaults
-- are for rows written by hand: the default poll, and a place after every vote
-- that was queued until now.
--
-- There is no foreign key to polls. The classic relation "votes" promises to
-- take a row at any time, poll or not; the worker checks the poll itself, once
-- for each batch; and the check of a foreign key would cost every row its own.
CREATE TABLE IF NOT EXISTS ballots (
    poll     text COLLATE "C" NOT NULL DEFAULT 'default',
    voter    text COLLATE "C" NOT NULL,
    ballot   text COLLATE "C" NOT NULL,
    position bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (poll, voter)
);

-- How many voters each ballot has. The key is a digest, because a ballot that
-- ranks a hundred options is longer than an index entry may be.
CREATE TABLE IF NOT EXISTS tallies (
    poll   text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,  -- SHA-256 of ballot
    ballot text COLLATE "C" NOT NULL,
    voters bigint NOT NULL,
    PRIMARY KEY (poll, digest)
) WITH (fillfactor = 50);  -- few rows, all hot: leave room to update them in place

-- Adds deltas[i] voters to ballots[i] of polls[i], and tells those who watch.
--
-- The advisory lock makes the order in which two transactions lock rows of
-- tallies no matter: without it they could wait for each other. It takes no
-- speed away, since the row of the most frequent ballot would hold them up from
-- here to the commit anyway. Its key is "pope" in ASCII.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION popeye_retally(polls text[], ballots text[], deltas bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF polls IS NULL THEN
        RETURN;  -- no tally changes: the same choices again
    END IF;
    PERFORM pg_advisory_xact_lock(1886351461);

    INSERT INTO tallies AS t (poll, digest, ballot, voters)
    SELECT d.poll, sha256(convert_to(d.ballot, 'UTF8')), d.ballot, d.delta
    FROM unnest(polls, ballots, deltas) AS d (poll, ballot, delta)
    ON CONFLICT (poll, digest) DO UPDATE SET voters = t.voters + excluded.voters;

    -- A ballot that nobody holds leaves no row, so a tally costs its distinct ballots.
    DELETE FROM tallies AS t
    USING unnest(polls, ballots, deltas) AS d (poll, ballot, delta)
    WHERE d.delta < 0 AND t.poll = d.poll AND t.digest = sha256(convert_to(d.ballot, 'UTF8')) AND t.voters = 0;

    INSERT INTO changes AS c (poll, seq)
    SELECT DISTINCT p.poll, 1 FROM unnest(polls) AS p (poll) ORDER BY p.poll
    ON CONFLICT (poll) DO UPDATE SET seq = c.seq + 1;

    PERFORM pg_notify('popeye_tallies', p.poll) FROM (SELECT DISTINCT u.poll FROM unnest(polls) AS u (poll)) AS p;
END
$$;
-- +goose StatementEnd

-- Keeps tallies equal to a recount of ballots: once for each statement, whoever
-- wrote it, in the statement's own transaction.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION popeye_ballots_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    polls   text[];
    ballots text[];
    deltas  bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(d.poll), array_agg(d.ballot), array_agg(d.delta) INTO polls, ballots, deltas
        FROM (SELECT a.poll, a.ballot, count(*) AS delta FROM after AS a GROUP BY a.poll, a.ballot) AS d;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(d.poll), array_agg(d.ballot), array_agg(d.delta) INTO polls, ballots, deltas
        FROM (SELECT c.poll, c.ballot, sum(c.n) AS delta
              FROM (SELECT a.poll, a.ballot, 1 AS n FROM after AS a
                    UNION ALL
                    SELECT b.poll, b.ballot, -1 FROM before AS b) AS c
              GROUP BY c.poll, c.ballot
              HAVING sum(c.n) <> 0) AS d;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(d.poll), array_agg(d.ballot), array_agg(d.delta) INTO polls, ballots, deltas
        FROM (SELECT b.poll, b.ballot, -count(*) AS delta FROM before AS b GROUP BY b.poll, b.ballot) AS d;
    ELSE  -- TRUNCATE: it has the table to itself, so the tallies stand still
        SELECT array_agg(t.poll), array_agg(t.ballot), array_agg(-t.voters) INTO polls, ballots, deltas
        FROM tallies AS t;
    END IF;
    PERFORM popeye_retally(polls, ballots, deltas);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER ballots_inserted AFTER INSERT ON ballots
    REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION popeye_ballots_changed();
CREATE OR REPLACE TRIGGER ballots_updated AFTER UPDATE ON ballots
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION popeye_ballots_changed();
CREATE OR REPLACE TRIGGER ballots_deleted AFTER DELETE ON ballots
    REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION popeye_ballots_changed();
CREATE OR REPLACE TRIGGER ballots_truncated AFTER TRUNCATE ON ballots
    FOR EACH STATEMENT EXECUTE FUNCTION popeye_ballots_changed();

-- A ballot changed by hand is the voter's word as of now: it moves behind every
-- vote that was queued until now, as an inserted one does. Else a vote cast
-- before the change, but still on its way, would undo it. Votes cast later win
-- as always. The worker brings positions of its own and never comes here.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION popeye_ballot_by_hand() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.position := greatest(OLD.position, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    NEW.at := now();
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER ballots_by_hand BEFORE UPDATE ON ballots
    FOR EACH ROW WHEN (OLD.position = NEW.position)
    EXECUTE FUNCTION popeye_ballot_by_hand();

UPDATE popeye_schema SET version = greatest(version, 2);
