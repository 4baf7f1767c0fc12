-- A database of version 15, as pg_dump writes it: made by the last program that kept
-- a poll's definition in columns. storetest.UpgradedDefinitions says what it holds.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
-- Name: audit_stays(); Type: FUNCTION; Schema: public; Owner: -
CREATE FUNCTION public.audit_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % is refused', TG_OP;
END
$$;
-- Name: popeye_ballot_by_hand(); Type: FUNCTION; Schema: public; Owner: -
CREATE FUNCTION public.popeye_ballot_by_hand() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.position := greatest(OLD.position, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    NEW.at := now();
    RETURN NEW;
END
$$;
-- Name: popeye_ballots_changed(); Type: FUNCTION; Schema: public; Owner: -
CREATE FUNCTION public.popeye_ballots_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
-- Name: popeye_grant(); Type: FUNCTION; Schema: public; Owner: -
CREATE FUNCTION public.popeye_grant() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO '$user', 'public'
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'popeye_result') THEN
        RETURN;
    END IF;
    GRANT SELECT ON popeye_schema, changes, tallies, ballots, last_account, accounts TO popeye_result;
    GRANT SELECT, INSERT, UPDATE, DELETE ON polls, removals TO popeye_result;
    GRANT SELECT, UPDATE ON board TO popeye_result;
    GRANT INSERT, UPDATE ON changes TO popeye_result;
    GRANT DELETE ON ballots TO popeye_result;
    GRANT SELECT, INSERT ON audit TO popeye_result;
    GRANT SELECT, INSERT, DELETE ON sessions TO popeye_result;
    GRANT EXECUTE ON FUNCTION popeye_move_ballots(text, text) TO popeye_result;
    IF to_regclass('goose_db_version') IS NOT NULL THEN -- not where psql has run these files
        GRANT SELECT ON goose_db_version TO popeye_result;
    END IF;
END
$$;
-- Name: popeye_move_ballots(text, text); Type: FUNCTION; Schema: public; Owner: -
CREATE FUNCTION public.popeye_move_ballots(source text, target text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM ballots WHERE poll = target) THEN
        RAISE EXCEPTION 'poll % has ballots of its own', target;
    END IF;
    WITH moved AS (DELETE FROM ballots WHERE poll = source RETURNING voter, ballot, position, at)
    INSERT INTO ballots (poll, voter, ballot, position, at)
    SELECT target, voter, ballot, position, at FROM moved;
END
$$;
-- Name: popeye_retally(text[], text[], bigint[]); Type: FUNCTION; Schema: public; Owner: -
CREATE FUNCTION public.popeye_retally(polls text[], ballots text[], deltas bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO '$user', 'public'
    AS $$
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
SET default_tablespace = '';
SET default_table_access_method = heap;
-- Name: batches; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.batches (
    id bigint NOT NULL,
    last bigint NOT NULL,
    votes integer DEFAULT 0 NOT NULL,
    dead jsonb DEFAULT '[]'::jsonb NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    replayed integer DEFAULT 0 NOT NULL,
    prev bigint,
    digest bytea
);
-- Name: compacted; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.compacted (
    one boolean DEFAULT true NOT NULL,
    below bigint NOT NULL,
    last bigint NOT NULL,
    votes bigint NOT NULL,
    dead bigint NOT NULL,
    CONSTRAINT compacted_one_check CHECK (one)
);
-- Name: accounts; Type: VIEW; Schema: public; Owner: -
CREATE VIEW public.accounts AS
 SELECT (c.votes + COALESCE(sum(b.votes), (0)::bigint)) AS stored,
    (c.dead + COALESCE(sum((jsonb_array_length(b.dead) - b.replayed)), (0)::bigint)) AS dead
   FROM (public.compacted c
     LEFT JOIN public.batches b ON (true))
  GROUP BY c.votes, c.dead;
-- Name: audit; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.audit (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    who text NOT NULL,
    origin text NOT NULL,
    what text NOT NULL,
    poll text NOT NULL COLLATE pg_catalog."C",
    before jsonb,
    after jsonb
);
-- Name: audit_id_seq; Type: SEQUENCE; Schema: public; Owner: -
ALTER TABLE public.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
-- Name: ballots; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.ballots (
    poll text DEFAULT 'default'::text NOT NULL COLLATE pg_catalog."C",
    voter text NOT NULL COLLATE pg_catalog."C",
    ballot text NOT NULL COLLATE pg_catalog."C",
    "position" bigint DEFAULT ((EXTRACT(epoch FROM clock_timestamp()) * (1000000)::numeric))::bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);
-- Name: board; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.board (
    one boolean DEFAULT true NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT board_one_check CHECK (one)
);
-- Name: changes; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.changes (
    poll text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL
)
WITH (fillfactor='50');
-- Name: environment; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.environment (
    one boolean DEFAULT true NOT NULL,
    asked text NOT NULL,
    CONSTRAINT environment_one_check CHECK (one)
);
-- Name: forgotten; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.forgotten (
    id bigint NOT NULL,
    digest bytea NOT NULL
);
-- Name: goose_db_version; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.goose_db_version (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);
-- Name: goose_db_version_id_seq; Type: SEQUENCE; Schema: public; Owner: -
ALTER TABLE public.goose_db_version ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.goose_db_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
-- Name: last_account; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.last_account (
    one boolean DEFAULT true NOT NULL,
    accepted bigint NOT NULL,
    stored bigint NOT NULL,
    waiting bigint NOT NULL,
    dead bigint NOT NULL,
    lag bigint NOT NULL,
    as_of timestamp with time zone NOT NULL,
    queue_risk text DEFAULT ''::text NOT NULL,
    new_voters bigint DEFAULT 0 NOT NULL,
    new_voters_largest bigint DEFAULT 0 NOT NULL,
    CONSTRAINT last_account_one_check CHECK (one)
);
-- Name: letters; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.letters (
    "position" bigint NOT NULL,
    batch bigint NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    size integer NOT NULL,
    raw bytea NOT NULL
);
-- Name: polls; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.polls (
    slug text NOT NULL COLLATE pg_catalog."C",
    question text NOT NULL,
    kind text NOT NULL,
    options jsonb NOT NULL,
    min integer NOT NULL,
    max integer NOT NULL,
    status text NOT NULL,
    revision bigint NOT NULL,
    born bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    opens_at timestamp with time zone,
    closes_at timestamp with time zone,
    history jsonb DEFAULT '{}'::jsonb NOT NULL,
    request text COLLATE pg_catalog."C"
);
-- Name: popeye_schema; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.popeye_schema (
    one boolean DEFAULT true NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT popeye_schema_one_check CHECK (one)
);
-- Name: removals; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.removals (
    poll text NOT NULL COLLATE pg_catalog."C",
    through text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C"
);
-- Name: sessions; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.sessions (
    key bytea NOT NULL,
    began timestamp with time zone DEFAULT now() NOT NULL,
    ends timestamp with time zone NOT NULL
);
-- Name: tallies; Type: TABLE; Schema: public; Owner: -
CREATE TABLE public.tallies (
    poll text NOT NULL COLLATE pg_catalog."C",
    digest bytea NOT NULL,
    ballot text NOT NULL COLLATE pg_catalog."C",
    voters bigint NOT NULL
)
WITH (fillfactor='50');
-- Name: votes; Type: VIEW; Schema: public; Owner: -
CREATE VIEW public.votes AS
 SELECT ballots.voter AS id,
    ballots.ballot AS vote
   FROM public.ballots
  WHERE (ballots.poll = 'default'::text)
  WITH CASCADED CHECK OPTION;
-- Data for Name: audit; Type: TABLE DATA; Schema: public; Owner: -
-- Data for Name: ballots; Type: TABLE DATA; Schema: public; Owner: -
INSERT INTO public.ballots VALUES ('default', 'bob', 'b', 2001, '2026-11-28 12:02:33.226415+00');
INSERT INTO public.ballots VALUES ('film', 'ann', 'a=7,b=1', 2004, '2026-11-28 12:02:33.226415+00');
INSERT INTO public.ballots VALUES ('lunch', 'ann', 'b>a', 2002, '2026-11-28 12:02:33.226415+00');
INSERT INTO public.ballots VALUES ('lunch', 'bob', 'c', 2003, '2026-11-28 12:02:33.226415+00');
INSERT INTO public.ballots VALUES ('tea-of-monday', 'ann', 'a', 2005, '2026-11-28 12:02:33.226415+00');
INSERT INTO public.ballots VALUES ('default', 'ann', 'c', 3000, '2026-11-28 12:02:33.266721+00');
INSERT INTO public.ballots VALUES ('tea', 'bob', 'b', 3001, '2026-11-28 12:02:33.266721+00');
-- Data for Name: batches; Type: TABLE DATA; Schema: public; Owner: -
INSERT INTO public.batches VALUES (2000, 2007, 7, '[{"reason": "the poll is draft", "position": 2007}]', '2026-11-28 12:02:33.226415+00', 0, 1000, '\x646967657374');
INSERT INTO public.batches VALUES (3000, 3001, 2, '[]', '2026-11-28 12:02:33.266721+00', 0, 2000, '\x646967657374');
-- Data for Name: board; Type: TABLE DATA; Schema: public; Owner: -
INSERT INTO public.board VALUES (true, 14);
-- Data for Name: changes; Type: TABLE DATA; Schema: public; Owner: -
INSERT INTO public.changes VALUES ('dinner', 1);
INSERT INTO public.changes VALUES ('film', 2);
INSERT INTO public.changes VALUES ('lunch', 6);
INSERT INTO public.changes VALUES ('tea-of-monday', 2);
INSERT INTO public.changes VALUES ('gone', 4);
INSERT INTO public.changes VALUES ('default', 3);
INSERT INTO public.changes VALUES ('tea', 5);
-- Data for Name: compacted; Type: TABLE DATA; Schema: public; Owner: -
INSERT INTO public.compacted VALUES (true, 0, 0, 0, 0);
-- Data for Name: environment; Type: TABLE DATA; Schema: public; Owner: -
-- Data for Name: forgotten; Type: TABLE DATA; Schema: public; Owner: -
-- Data for Name: goose_db_version; Type: TABLE DATA; Schema: public; Owner: -
INSERT INTO public.goose_db_version VALUES (1, 0, true, '2026-11-28 12:02:33.076156');
INSERT INTO public.goose_db_version VALUES (2, 1, true, '2026-11-28 12:02:33.100995');
INSERT INTO public.goose_db_version VALUES (3, 2, true, '2026-11-28 12:02:33.115471');
INSERT INTO public.goose_db_version VALUES (4, 3, true, '2026-11-28 12:02:33.12751');
INSERT INTO public.goose_db_version VALUES (5, 4, true, '2026-11-28 12:02:33.129927');
INSERT INTO public.goose_db_version VALUES (6, 5, true, '2026-11-28 12:02:33.137523');
INSERT INTO public.goose_db_version VALUES (7, 6, true, '2026-11-28 12:02:33.1398');
INSERT INTO public.goose_db_version VALUES (8, 7, true, '2026-11-28 12:02:33.146222');
INSERT INTO public.goose_db_version VALUES (9, 8, true, '2026-11-28 12:02:33.147301');
INSERT INTO public.goose_db_version VALUES (10, 9, true, '2026-11-28 12:02:33.152982');
INSERT INTO public.goose_db_version VALUES (11, 10, true, '2026-11-28 12:02:33.155459');
INSERT INTO public.goose_db_version VALUES (12, 11, true, '2026-11-28 12:02:33.157399');
INSERT INTO public.goose_db_version VALUES (13, 12, true, '2026-11-28 12:02:33.181956');
INSERT INTO public.goose_db_version VALUES (14, 13, true, '2026-11-28 12:02:33.187283');
INSERT INTO public.goose_db_version VALUES (15, 14, true, '2026-11-28 12:02:33.200216');
INSERT INTO public.goose_db_version VALUES (16, 15, true, '2026-11-28 12:02:33.20567');
-- Data for Name: last_account; Type: TABLE DATA; Schema: public; Owner: -
-- Data for Name: letters; Type: TABLE DATA; Schema: public; Owner: -
INSERT INTO public.letters VALUES (2007, 2000, 'the poll is draft', '2026-11-28 12:02:33.226415+00', 3, '\x726177');
-- Data for Name: polls; Type: TABLE DATA; Schema: public; Owner: -
INSERT INTO public.polls VALUES ('default', 'Which tool?', 'single', '[{"id": "a", "label": "Ansible"}, {"id": "b", "label": "Chef"}, {"id": "c", "label": "Puppet"}, {"id": "d", "label": "SaltStack"}]', 0, 0, 'open', 2, 1, '2026-11-28 12:02:33.137523+00', '2026-11-28 12:02:33.208692+00', NULL, NULL, '{"corrections": [{"at": "2026-11-28T12:02:33.208692Z", "is": "Which tool?", "was": "What''s your favorite DevOps tool?", "field": "question"}]}', NULL);
INSERT INTO public.polls VALUES ('film', 'How was “the film”?', 'score', '[{"id": "a", "label": "Plot"}, {"id": "b", "label": "Music"}]', 1, 7, 'open', 3, 3, '2026-11-28 12:02:33.211796+00', '2026-11-28 12:02:33.211796+00', NULL, NULL, '{}', 'form-1');
INSERT INTO public.polls VALUES ('dinner', 'And then?', 'multiple', '[{"id": "a", "label": "Wine"}, {"id": "b", "label": "Tea"}]', 1, 2, 'draft', 5, 5, '2026-11-28 12:02:33.219197+00', '2026-11-28 12:02:33.219197+00', '2090-01-01 18:00:00+00', '2090-01-01 20:00:00.0005+00', '{}', NULL);
INSERT INTO public.polls VALUES ('lunch', 'Where to?', 'ranked', '[{"id": "a", "label": "Pizza"}, {"id": "b", "label": "寿司"}, {"id": "c", "label": "Salad"}]', 0, 0, 'closed', 11, 4, '2026-11-28 12:02:33.217451+00', '2026-11-28 12:02:33.250882+00', NULL, NULL, '{"reopenings": [{"at": "2026-11-28T12:02:33.249337Z", "voters": 2}], "corrections": [{"at": "2026-11-28T12:02:33.237713Z", "is": "Pizza", "was": "Piza", "field": "options.a"}]}', NULL);
INSERT INTO public.polls VALUES ('tea-of-monday', 'Tea?', 'single', '[{"id": "a", "label": "Yes"}, {"id": "b", "label": "No"}]', 0, 0, 'closing', 12, 6, '2026-11-28 12:02:33.220651+00', '2026-11-28 12:02:33.251791+00', NULL, NULL, '{}', NULL);
INSERT INTO public.polls VALUES ('tea', 'Tea again?', 'single', '[{"id": "a", "label": "Yes"}, {"id": "b", "label": "No"}]', 0, 0, 'open', 13, 13, '2026-11-28 12:02:33.251791+00', '2026-11-28 12:02:33.251791+00', NULL, NULL, '{"parent": "tea-of-monday"}', NULL);
-- Data for Name: popeye_schema; Type: TABLE DATA; Schema: public; Owner: -
INSERT INTO public.popeye_schema VALUES (true, 15);
-- Data for Name: removals; Type: TABLE DATA; Schema: public; Owner: -
-- Data for Name: sessions; Type: TABLE DATA; Schema: public; Owner: -
-- Data for Name: tallies; Type: TABLE DATA; Schema: public; Owner: -
INSERT INTO public.tallies VALUES ('lunch', '\x2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6', 'c', 1);
INSERT INTO public.tallies VALUES ('default', '\x3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d', 'b', 1);
INSERT INTO public.tallies VALUES ('lunch', '\x66ca1853195ebb9accbe91550c0a55142ac0536a75968917f4cda6a7b23f7265', 'b>a', 1);
INSERT INTO public.tallies VALUES ('film', '\xa0b1e46a057c19f80169ed9133312ee9c335b900b19c176c35628f035cd0b526', 'a=7,b=1', 1);
INSERT INTO public.tallies VALUES ('tea-of-monday', '\xca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb', 'a', 1);
INSERT INTO public.tallies VALUES ('default', '\x2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6', 'c', 1);
INSERT INTO public.tallies VALUES ('tea', '\x3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d', 'b', 1);
-- Name: audit_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
SELECT pg_catalog.setval('public.audit_id_seq', 1, false);
-- Name: goose_db_version_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
SELECT pg_catalog.setval('public.goose_db_version_id_seq', 16, true);
-- Name: audit audit_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
-- Name: ballots ballots_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.ballots
    ADD CONSTRAINT ballots_pkey PRIMARY KEY (poll, voter);
-- Name: batches batches_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (id);
-- Name: board board_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.board
    ADD CONSTRAINT board_pkey PRIMARY KEY (one);
-- Name: changes changes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.changes
    ADD CONSTRAINT changes_pkey PRIMARY KEY (poll);
-- Name: compacted compacted_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.compacted
    ADD CONSTRAINT compacted_pkey PRIMARY KEY (one);
-- Name: environment environment_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.environment
    ADD CONSTRAINT environment_pkey PRIMARY KEY (one);
-- Name: forgotten forgotten_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.forgotten
    ADD CONSTRAINT forgotten_pkey PRIMARY KEY (id);
-- Name: goose_db_version goose_db_version_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.goose_db_version
    ADD CONSTRAINT goose_db_version_pkey PRIMARY KEY (id);
-- Name: last_account last_account_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.last_account
    ADD CONSTRAINT last_account_pkey PRIMARY KEY (one);
-- Name: letters letters_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.letters
    ADD CONSTRAINT letters_pkey PRIMARY KEY ("position");
-- Name: polls polls_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.polls
    ADD CONSTRAINT polls_pkey PRIMARY KEY (slug);
-- Name: popeye_schema popeye_schema_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.popeye_schema
    ADD CONSTRAINT popeye_schema_pkey PRIMARY KEY (one);
-- Name: removals removals_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.removals
    ADD CONSTRAINT removals_pkey PRIMARY KEY (poll);
-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (key);
-- Name: tallies tallies_pkey; Type: CONSTRAINT; Schema: public; Owner: -
ALTER TABLE ONLY public.tallies
    ADD CONSTRAINT tallies_pkey PRIMARY KEY (poll, digest);
-- Name: audit_poll; Type: INDEX; Schema: public; Owner: -
CREATE INDEX audit_poll ON public.audit USING btree (poll, id);
-- Name: polls_request; Type: INDEX; Schema: public; Owner: -
CREATE UNIQUE INDEX polls_request ON public.polls USING btree (request);
-- Name: audit audit_stays; Type: TRIGGER; Schema: public; Owner: -
CREATE TRIGGER audit_stays BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_stays();
-- Name: ballots ballots_by_hand; Type: TRIGGER; Schema: public; Owner: -
CREATE TRIGGER ballots_by_hand BEFORE UPDATE ON public.ballots FOR EACH ROW WHEN ((old."position" = new."position")) EXECUTE FUNCTION public.popeye_ballot_by_hand();
-- Name: ballots ballots_deleted; Type: TRIGGER; Schema: public; Owner: -
CREATE TRIGGER ballots_deleted AFTER DELETE ON public.ballots REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION public.popeye_ballots_changed();
-- Name: ballots ballots_inserted; Type: TRIGGER; Schema: public; Owner: -
CREATE TRIGGER ballots_inserted AFTER INSERT ON public.ballots REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.popeye_ballots_changed();
-- Name: ballots ballots_truncated; Type: TRIGGER; Schema: public; Owner: -
CREATE TRIGGER ballots_truncated AFTER TRUNCATE ON public.ballots FOR EACH STATEMENT EXECUTE FUNCTION public.popeye_ballots_changed();
-- Name: ballots ballots_updated; Type: TRIGGER; Schema: public; Owner: -
CREATE TRIGGER ballots_updated AFTER UPDATE ON public.ballots REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.popeye_ballots_changed();
