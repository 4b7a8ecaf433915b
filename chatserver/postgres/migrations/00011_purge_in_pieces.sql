-- +goose Up

-- What was said in a deleted group goes after it, in pieces (see Purger): all of a
-- long conversation at once would take longer than a statement may. Nobody can
-- see it meanwhile.
ALTER TABLE deleted_conversations ADD COLUMN purged boolean NOT NULL DEFAULT true;
ALTER TABLE deleted_conversations ALTER COLUMN purged SET DEFAULT false;
CREATE INDEX deleted_conversations_unpurged_idx ON deleted_conversations (deleted_at) WHERE NOT purged;

-- A conversation that is deleted in any other way takes what was said along.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION delete_messages_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM deleted_conversations WHERE id = OLD.id) THEN
        DELETE FROM messages WHERE conversation_id = OLD.id;
        DELETE FROM mentions WHERE conversation_id = OLD.id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION delete_search_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM deleted_conversations WHERE id = OLD.id) THEN
        DELETE FROM message_search WHERE conversation_id = OLD.id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION delete_messages_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM messages WHERE conversation_id = OLD.id;
    DELETE FROM mentions WHERE conversation_id = OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION delete_search_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM message_search WHERE conversation_id = OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
DELETE FROM messages WHERE conversation_id IN (SELECT id FROM deleted_conversations WHERE NOT purged);
DELETE FROM mentions WHERE conversation_id IN (SELECT id FROM deleted_conversations WHERE NOT purged);
DELETE FROM message_search WHERE conversation_id IN (SELECT id FROM deleted_conversations WHERE NOT purged);
DROP INDEX deleted_conversations_unpurged_idx;
ALTER TABLE deleted_conversations DROP COLUMN purged;
