-- +goose Up

-- The classic relation: the default poll's ballots under their old names.
CREATE VIEW IF NOT EXISTS votes AS
    SELECT voter AS id, ballot AS vote FROM ballots WHERE poll = 'default';

-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS votes_insert INSTEAD OF INSERT ON votes
BEGIN
    INSERT INTO ballots (voter, ballot) VALUES (NEW.id, NEW.vote);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS votes_update INSTEAD OF UPDATE ON votes
BEGIN
    UPDATE ballots SET voter = NEW.id, ballot = NEW.vote WHERE poll = 'default' AND voter = OLD.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS votes_delete INSTEAD OF DELETE ON votes
BEGIN
    DELETE FROM ballots WHERE poll = 'default' AND voter = OLD.id;
END;
-- +goose StatementEnd
