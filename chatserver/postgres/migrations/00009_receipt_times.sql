-- +goose Up

-- When each member's cursors moved: the last 64 moves, the oldest overwritten by
-- the next, so that it never grows beyond what there are members. A message's
-- times are those of the first moves that passed it.
CREATE TABLE cursor_moves (
    conversation_id uuid NOT NULL,
    user_id         uuid NOT NULL,
    slot            smallint NOT NULL,
    moved_at        timestamptz(3) NOT NULL,
    delivered_seq   bigint NOT NULL,
    read_seq        bigint NOT NULL,
    PRIMARY KEY (conversation_id, user_id, slot)
) WITH (fillfactor = 80);

-- How often a member's cursors have moved, which gives the slot of a move. Those
-- who are members already have moved as if 64 times: what they moved is not known.
ALTER TABLE members ADD COLUMN moves bigint NOT NULL DEFAULT 64;
ALTER TABLE members ALTER COLUMN moves SET DEFAULT 0;

-- Moves go with their member, whose row is locked by who notes one. (A foreign key
-- would be checked for each move, which is a good part of what one costs.)
-- +goose StatementBegin
CREATE FUNCTION delete_moves_of_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM cursor_moves WHERE conversation_id = OLD.conversation_id AND user_id = OLD.user_id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER moves_go_with_member AFTER DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION delete_moves_of_member();

-- +goose Down
DROP TRIGGER moves_go_with_member ON members;
DROP FUNCTION delete_moves_of_member();
ALTER TABLE members DROP COLUMN moves;
DROP TABLE cursor_moves;
