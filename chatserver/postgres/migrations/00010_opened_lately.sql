-- +goose Up

-- Conversations of two people that were opened a moment ago: nodes look for those
-- of which the bus did not tell them.
CREATE INDEX conversations_opened_idx ON conversations (created_at) WHERE kind = 'direct';

-- +goose Down
DROP INDEX conversations_opened_idx;
