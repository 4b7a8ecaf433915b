-- +goose NO TRANSACTION
-- (The index is made without holding up those who send; every step can be repeated.)
-- +goose Up

-- Where the conversation ended when it was archived: whatever people say after that brings it back.
ALTER TABLE members ADD COLUMN IF NOT EXISTS archived_seq bigint NOT NULL DEFAULT 0;

-- The system's messages, few among the others, which have a sender.
DROP INDEX CONCURRENTLY IF EXISTS messages_system_idx;
CREATE INDEX CONCURRENTLY messages_system_idx ON messages (conversation_id, seq) WHERE sender_id IS NULL;

-- A conversation as a list shows it: with what its viewer has not read, at the
-- same cost for a hundred thousand unread messages as for a few.
--
-- Who writes has read what was there (seen), also while the cursor that says so
-- is on its way: that is found among the newest messages, and after 200 more the
-- cursor has long arrived. After seen there are only messages of others and of
-- the system. The latter don't call for reading; they are counted and taken off.
CREATE OR REPLACE VIEW listed_conversations AS
SELECT v.*,
       (v.last_seq - seen.seq - notices.n)::bigint AS unread_count,
       coalesce(unread.seq, 0)::bigint AS first_unread_seq,
       (v.archived
           AND (v.muted_until > now() IS TRUE OR v.notifications = 'none'
                OR NOT EXISTS (SELECT FROM messages n
                               WHERE n.conversation_id = v.id AND n.seq > me.archived_seq AND n.sender_id IS NOT NULL)))::boolean AS put_away
FROM conversation_views v
     JOIN members me ON me.conversation_id = v.id AND me.user_id = v.viewer_id
     LEFT JOIN LATERAL (
         SELECT m.seq FROM messages m
         WHERE m.conversation_id = v.id AND m.seq > greatest(v.read_seq, v.last_seq - 200) AND m.sender_id = v.viewer_id
         ORDER BY m.seq DESC
         LIMIT 1
     ) own ON v.read_seq < v.last_seq
     CROSS JOIN LATERAL (SELECT greatest(v.read_seq, v.joined_seq, own.seq) AS seq) seen
     CROSS JOIN LATERAL (
         SELECT count(*) AS n FROM messages m
         WHERE m.conversation_id = v.id AND m.seq > seen.seq AND m.sender_id IS NULL AND seen.seq < v.last_seq
     ) notices
     LEFT JOIN LATERAL (
         SELECT m.seq FROM messages m
         WHERE m.conversation_id = v.id AND m.seq > seen.seq AND m.sender_id IS NOT NULL
         ORDER BY m.seq
         LIMIT 1
     ) unread ON seen.seq < v.last_seq;

-- +goose Down
DROP VIEW listed_conversations;
DROP INDEX messages_system_idx;
ALTER TABLE members DROP COLUMN archived_seq;
