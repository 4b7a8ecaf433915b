-- +goose NO TRANSACTION
-- (The index is made without holding up those who send; every step can be repeated.)
-- +goose Up

-- Where the conversation ended when it was archived: whatever people say after that brings it back.
ALTER TABLE members ADD COLUMN IF NOT EXISTS archived_seq bigint NOT NULL DEFAULT 0;

-- The system's messages, few among the others, which have a sender.
DROP INDEX CONCURRENTLY IF EXISTS messages_system_idx;
CREATE INDEX CONCURRENTLY messages_system_idx ON messages (conversation_id, seq) WHERE sender_id IS NULL;

-- How a member stands in a conversation: what they have not read, and whether
-- they have put it away. It costs the same for a hundred thousand unread
-- messages as for a few.
--
-- Who writes has read what was there (seen), also while the cursor that says so
-- is on its way: that is found among the newest messages, and after 200 more the
-- cursor has long arrived. After seen there are only messages of others and of
-- the system. The latter don't call for reading; they are counted and taken off.
-- (The limit also keeps the planner from looking at all that the viewer ever wrote.)
CREATE OR REPLACE VIEW conversation_standings AS
SELECT me.user_id AS viewer_id, me.conversation_id AS id,
       (h.last_seq - seen.seq - notices.n)::bigint AS unread_count,
       coalesce(unread.seq, 0)::bigint AS first_unread_seq,
       (me.archived
           AND (me.muted_until > now() IS TRUE OR me.notifications = 'none'
                OR NOT EXISTS (SELECT FROM messages m
                               WHERE m.conversation_id = me.conversation_id AND m.seq > me.archived_seq AND m.sender_id IS NOT NULL)))::boolean AS put_away
FROM members me
     JOIN conversation_heads h ON h.conversation_id = me.conversation_id
     LEFT JOIN LATERAL (
         SELECT newest.seq
         FROM (SELECT m.seq, m.sender_id FROM messages m
               WHERE m.conversation_id = me.conversation_id AND m.seq > greatest(me.read_seq, h.last_seq - 200)
               LIMIT 200) newest
         WHERE newest.sender_id = me.user_id
         ORDER BY newest.seq DESC
         LIMIT 1
     ) own ON me.read_seq < h.last_seq
     CROSS JOIN LATERAL (SELECT greatest(me.read_seq, me.joined_seq, own.seq) AS seq) seen
     CROSS JOIN LATERAL (
         SELECT count(*) AS n FROM messages m
         WHERE m.conversation_id = me.conversation_id AND m.seq > seen.seq AND m.sender_id IS NULL AND seen.seq < h.last_seq
     ) notices
     LEFT JOIN LATERAL (
         SELECT m.seq FROM messages m
         WHERE m.conversation_id = me.conversation_id AND m.seq > seen.seq AND m.sender_id IS NOT NULL
         ORDER BY m.seq
         LIMIT 1
     ) unread ON seen.seq < h.last_seq;

-- A conversation as a list shows it.
CREATE OR REPLACE VIEW listed_conversations AS
SELECT v.*, s.unread_count, s.first_unread_seq, s.put_away
FROM conversation_views v JOIN conversation_standings s ON s.viewer_id = v.viewer_id AND s.id = v.id;

-- +goose Down
DROP VIEW listed_conversations, conversation_standings;
DROP INDEX messages_system_idx;
ALTER TABLE members DROP COLUMN archived_seq;
