-- +goose Up

-- Who has signed in as the organiser. A key is an HMAC of what the cookie holds,
-- under the organiser's token: neither can be told from it, and a new token knows
-- none of the old keys.
CREATE TABLE IF NOT EXISTS sessions (
    key   bytea PRIMARY KEY,
    began timestamptz NOT NULL DEFAULT now(),
    ends  timestamptz NOT NULL
);

-- What organisers did. A row is written in the transaction of the change that it
-- tells of, and stays.
CREATE TABLE IF NOT EXISTS audit (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT now(),
    who    text NOT NULL,
    origin text NOT NULL,  -- the address that the request came from, as known
    what   text NOT NULL,
    poll   text NOT NULL COLLATE "C",  -- '' for what is of no poll
    before jsonb,
    after  jsonb
);
CREATE INDEX IF NOT EXISTS audit_poll ON audit (poll, id);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % is refused', TG_OP;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

UPDATE popeye_schema SET version = greatest(version, 13);
