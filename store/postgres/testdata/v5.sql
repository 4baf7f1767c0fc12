-- A database as it was at version 5 of the schema, with a vote in it: what the
-- first five migrations made, and rows. Goose's own table is not here: where init
-- scripts made the schema there was none. storetest.Upgraded says what must be
-- there after an upgrade.

-- 00001_polls.sql

CREATE TABLE IF NOT EXISTS popeye_schema (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);
INSERT INTO popeye_schema (version) VALUES (0) ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS board (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    revision bigint NOT NULL
);
INSERT INTO board (revision) VALUES (0) ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS polls (
    slug       text COLLATE "C" PRIMARY KEY,
    question   text NOT NULL,
    kind       text NOT NULL,
    options    jsonb NOT NULL,
    min        integer NOT NULL,
    max        integer NOT NULL,
    status     text NOT NULL,
    revision   bigint NOT NULL,
    born       bigint NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS changes (
    poll text COLLATE "C" PRIMARY KEY,
    seq  bigint NOT NULL
) WITH (fillfactor = 50);

UPDATE popeye_schema SET version = greatest(version, 1);

-- 00002_ballots.sql

CREATE TABLE IF NOT EXISTS ballots (
    poll     text COLLATE "C" NOT NULL DEFAULT 'default',
    voter    text COLLATE "C" NOT NULL,
    ballot   text COLLATE "C" NOT NULL,
    position bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (poll, voter)
);

CREATE TABLE IF NOT EXISTS tallies (
    poll   text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    ballot text COLLATE "C" NOT NULL,
    voters bigint NOT NULL,
    PRIMARY KEY (poll, digest)
) WITH (fillfactor = 50);

CREATE OR REPLACE FUNCTION popeye_retally(polls text[], ballots text[], deltas bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF polls IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(1886351461);

    INSERT INTO tallies AS t (poll, digest, ballot, voters)
    SELECT d.poll, sha256(convert_to(d.ballot, 'UTF8')), d.ballot, d.delta
    FROM unnest(polls, ballots, deltas) AS d (poll, ballot, delta)
    ON CONFLICT (poll, digest) DO UPDATE SET voters = t.voters + excluded.voters;

    DELETE FROM tallies AS t
    USING unnest(polls, ballots, deltas) AS d (poll, ballot, delta)
    WHERE d.delta < 0 AND t.poll = d.poll AND t.digest = sha256(convert_to(d.ballot, 'UTF8')) AND t.voters = 0;

    INSERT INTO changes AS c (poll, seq)
    SELECT DISTINCT p.poll, 1 FROM unnest(polls) AS p (poll) ORDER BY p.poll
    ON CONFLICT (poll) DO UPDATE SET seq = c.seq + 1;

    PERFORM pg_notify('popeye_tallies', p.poll) FROM (SELECT DISTINCT u.poll FROM unnest(polls) AS u (poll)) AS p;
END
$$;

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
    ELSE
        SELECT array_agg(t.poll), array_agg(t.ballot), array_agg(-t.voters) INTO polls, ballots, deltas
        FROM tallies AS t;
    END IF;
    PERFORM popeye_retally(polls, ballots, deltas);
    RETURN NULL;
END
$$;

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

CREATE OR REPLACE FUNCTION popeye_ballot_by_hand() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.position := greatest(OLD.position, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    NEW.at := now();
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER ballots_by_hand BEFORE UPDATE ON ballots
    FOR EACH ROW WHEN (OLD.position = NEW.position)
    EXECUTE FUNCTION popeye_ballot_by_hand();

UPDATE popeye_schema SET version = greatest(version, 2);

-- 00003_votes.sql

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('votes') AND relkind IN ('r', 'p')) THEN
        LOCK TABLE votes IN ACCESS EXCLUSIVE MODE;
        INSERT INTO ballots (voter, ballot, position)
        SELECT id, vote, 0 FROM votes WHERE id IS NOT NULL AND vote IS NOT NULL
        ON CONFLICT (poll, voter) DO NOTHING;
        ALTER TABLE votes RENAME TO votes_classic;
    END IF;
END
$$;

CREATE OR REPLACE VIEW votes AS
    SELECT voter AS id, ballot AS vote FROM ballots WHERE poll = 'default'
    WITH CHECK OPTION;

UPDATE popeye_schema SET version = greatest(version, 3);

-- 00004_batches.sql

CREATE TABLE IF NOT EXISTS batches (
    id         bigint PRIMARY KEY,
    last       bigint NOT NULL,
    votes      integer NOT NULL DEFAULT 0,
    dead       jsonb NOT NULL DEFAULT '[]',
    applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS compacted (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    below bigint NOT NULL,
    last  bigint NOT NULL,
    votes bigint NOT NULL,
    dead  bigint NOT NULL
);
INSERT INTO compacted (below, last, votes, dead) VALUES (0, 0, 0, 0) ON CONFLICT DO NOTHING;

CREATE OR REPLACE VIEW accounts AS
    SELECT c.votes + coalesce(sum(b.votes), 0)::bigint AS stored,
           c.dead + coalesce(sum(jsonb_array_length(b.dead)), 0)::bigint AS dead
    FROM compacted AS c LEFT JOIN batches AS b ON true
    GROUP BY c.votes, c.dead;

UPDATE popeye_schema SET version = greatest(version, 4);

-- 00005_default_poll.sql

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

UPDATE popeye_schema SET version = greatest(version, 5);

-- The rows. Triggers tally the ballots.

UPDATE polls SET question = 'Which tool?', revision = 2 WHERE slug = 'default';
INSERT INTO polls (slug, question, kind, options, min, max, status, revision, born, created_at, changed_at) VALUES
    ('lunch', 'Where to?', 'ranked', '[{"id": "a", "label": "Pizza"}, {"id": "b", "label": "Sushi"}]', 0, 0, 'closed', 6, 3, '2026-11-01 12:00:00+00', '2026-11-02 12:00:00.123456+00'),
    ('dinner', 'And then?', 'multiple', '[{"id": "a", "label": "Wine"}, {"id": "b", "label": "Tea"}]', 1, 2, 'draft', 4, 4, '2026-11-01 12:00:00+00', '2026-11-01 12:00:00+00');
UPDATE board SET revision = 7;  -- the last change was that a poll was deleted

INSERT INTO ballots (poll, voter, ballot, position) VALUES
    ('default', 'ann', 'a', 1101), ('default', 'bob', 'a', 1202), ('default', 'cid', 'd', 1200),
    ('lunch', 'ann', 'b>a', 1102), ('lunch', 'bob', 'b', 1203);
INSERT INTO votes (id, vote) VALUES ('eva', 'c');

INSERT INTO batches (id, last, votes, dead, applied_at) VALUES
    (1100, 1103, 3, '[{"position": 1103, "reason": "the poll is draft"}]', '2026-11-02 12:00:00.123456+00'),
    (1200, 1205, 4, '[{"position": 1201, "reason": "not JSON"}, {"position": 1205, "reason": "no such poll"}]', '2026-11-02 12:00:00.123456+00'),
    (1300, 1300, 1, '[]', '2026-11-02 12:00:00.123456+00');
UPDATE compacted SET below = 1000, last = 999, votes = 40, dead = 2;
