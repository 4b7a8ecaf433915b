-- +goose Up

-- What messages are found by. It is filled behind those who send, by any node
-- and in pieces, so that a message costs no more for it; the last messages of a
-- conversation, which are not in here yet, are looked through one by one.
--
-- Beside words the tokens have marks: the block of the conversation that the
-- message is in, a small one and a large one, and its sender.
CREATE TABLE message_search (
    conversation_id uuid NOT NULL,
    seq             bigint NOT NULL,
    created_at      timestamptz(3) NOT NULL,
    tokens          tsvector NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);
-- Without a list of what is to be sorted in later: it would be read by every
-- search, and who fills the index is not waited for.
CREATE INDEX message_search_tokens_idx ON message_search USING gin (tokens) WITH (fastupdate = off);

-- How far each conversation has got. Messages up to renew_through were taken
-- apart in another way than analysis says and have still to be done again.
CREATE TABLE search_progress (
    conversation_id uuid PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    indexed_seq     bigint NOT NULL DEFAULT 0,
    analysis        text NOT NULL,
    renew_through   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- How messages are to be taken apart: what the last node to start was told. Nodes
-- that were told something else leave the index to the others.
CREATE TABLE search_settings (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    analysis text NOT NULL
);

-- As messages do, and after the progress is gone, whose lock the filling holds.
-- +goose StatementBegin
CREATE FUNCTION delete_search_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM message_search WHERE conversation_id = OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER search_goes_with_conversation AFTER DELETE ON conversations
    FOR EACH ROW EXECUTE FUNCTION delete_search_of_conversation();

-- +goose Down
DROP TRIGGER search_goes_with_conversation ON conversations;
DROP FUNCTION delete_search_of_conversation();
DROP TABLE search_settings, search_progress, message_search;
