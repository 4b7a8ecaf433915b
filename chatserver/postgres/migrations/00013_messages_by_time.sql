-- +goose NO TRANSACTION
-- (The index is made without holding up those who send; every step can be repeated.)
-- +goose Up

-- The healing loop and the search indexer ask for the last seconds. A BRIN index
-- knows only what vacuum has summarised, up to a minute ago, so that under load
-- each question read all that was said since.
DROP INDEX CONCURRENTLY IF EXISTS messages_by_time_idx;
CREATE INDEX CONCURRENTLY messages_by_time_idx ON messages (created_at);
DROP INDEX CONCURRENTLY IF EXISTS messages_created_at_idx;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS messages_created_at_idx;
CREATE INDEX CONCURRENTLY messages_created_at_idx ON messages USING brin (created_at) WITH (pages_per_range = 32, autosummarize = on);
DROP INDEX CONCURRENTLY IF EXISTS messages_by_time_idx;
