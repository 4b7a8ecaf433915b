-- +goose Up

-- Whom a message calls by @name, of those who were members, and whether it calls @all.
ALTER TABLE messages ADD COLUMN mentions uuid[], ADD COLUMN mentions_all boolean NOT NULL DEFAULT false;

-- The same by person, for counting; the zero id stands for everybody. Like
-- messages they have no foreign keys (migration 5): an append checks.
CREATE TABLE mentions (
    conversation_id uuid NOT NULL,
    user_id         uuid NOT NULL,
    seq             bigint NOT NULL,
    PRIMARY KEY (conversation_id, user_id, seq)
);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION delete_messages_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM messages WHERE conversation_id = OLD.id;
    DELETE FROM mentions WHERE conversation_id = OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- As before, with what calls the viewer; who wants to hear only of that is
-- brought a conversation back from the archive by nothing else.
CREATE OR REPLACE VIEW conversation_standings AS
SELECT me.user_id AS viewer_id, me.conversation_id AS id,
       (h.last_seq - seen.seq - notices.n)::bigint AS unread_count,
       coalesce(unread.seq, 0)::bigint AS first_unread_seq,
       (me.archived
           AND (me.muted_until > now() IS TRUE OR me.notifications = 'none'
                OR me.notifications = 'mentions'
                   AND NOT EXISTS (SELECT FROM mentions x
                                   WHERE x.conversation_id = me.conversation_id AND x.seq > me.archived_seq
                                     AND x.user_id IN (me.user_id, '00000000-0000-0000-0000-000000000000'))
                OR NOT EXISTS (SELECT FROM messages m
                               WHERE m.conversation_id = me.conversation_id AND m.seq > me.archived_seq AND m.sender_id IS NOT NULL)))::boolean AS put_away,
       coalesce(called.n, 0)::bigint AS unread_mentions,
       coalesce(called.seq, 0)::bigint AS first_unread_mention_seq
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
     ) unread ON seen.seq < h.last_seq
     LEFT JOIN LATERAL (
         SELECT count(DISTINCT x.seq) AS n, min(x.seq) AS seq FROM mentions x
         WHERE x.conversation_id = me.conversation_id AND x.seq > seen.seq
           AND x.user_id IN (me.user_id, '00000000-0000-0000-0000-000000000000')
     ) called ON seen.seq < h.last_seq;

CREATE OR REPLACE VIEW conversation_views AS
SELECT me.user_id AS viewer_id,
       c.id, c.kind, c.name, c.description, c.avatar_url, c.created_by, c.created_at,
       h.last_seq, h.last_message_at,
       c.member_count,
       me.role, me.joined_seq, me.read_seq, me.delivered_seq, me.muted_until, me.notifications, me.pinned, me.archived,
       l.id AS last_id, l.sender_id AS last_sender_id, l.client_msg_id AS last_client_msg_id, l.type AS last_type,
       l.content AS last_content, l.event AS last_event, l.reply_to AS last_reply_to, l.created_at AS last_created_at,
       p.id AS peer_id, p.username AS peer_username, p.display_name AS peer_display_name, p.avatar_url AS peer_avatar_url,
       p.created_at AS peer_created_at, pm.delivered_seq AS peer_delivered_seq,
       (CASE WHEN p.read_receipts AND viewer.read_receipts THEN pm.read_seq ELSE 0 END)::bigint AS peer_read_seq,
       (p.deleted_at IS NOT NULL)::boolean AS peer_deleted,
       c.history_visible,
       l.mentions AS last_mentions, coalesce(l.mentions_all, false)::boolean AS last_mentions_all
FROM members me
     JOIN users viewer ON viewer.id = me.user_id
     JOIN conversations c ON c.id = me.conversation_id
     JOIN conversation_heads h ON h.conversation_id = me.conversation_id
     LEFT JOIN messages l ON l.conversation_id = me.conversation_id AND l.seq = h.last_seq AND h.last_seq > me.joined_seq
     LEFT JOIN members pm ON c.kind = 'direct' AND pm.conversation_id = c.id AND pm.user_id <> me.user_id
     LEFT JOIN users p ON p.id = pm.user_id;

CREATE OR REPLACE VIEW listed_conversations AS
SELECT v.viewer_id, v.id, v.kind, v.name, v.description, v.avatar_url, v.created_by, v.created_at, v.last_seq, v.last_message_at,
       v.member_count, v.role, v.joined_seq, v.read_seq, v.delivered_seq, v.muted_until, v.notifications, v.pinned, v.archived,
       v.last_id, v.last_sender_id, v.last_client_msg_id, v.last_type, v.last_content, v.last_event, v.last_reply_to, v.last_created_at,
       v.peer_id, v.peer_username, v.peer_display_name, v.peer_avatar_url, v.peer_created_at, v.peer_delivered_seq, v.peer_read_seq,
       v.peer_deleted, s.unread_count, s.first_unread_seq, s.put_away, v.history_visible,
       v.last_mentions, v.last_mentions_all, s.unread_mentions, s.first_unread_mention_seq
FROM conversation_views v JOIN conversation_standings s ON s.viewer_id = v.viewer_id AND s.id = v.id;

-- +goose Down
DROP VIEW listed_conversations, conversation_views, conversation_standings;
CREATE VIEW conversation_standings AS
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
CREATE VIEW conversation_views AS
SELECT me.user_id AS viewer_id,
       c.id, c.kind, c.name, c.description, c.avatar_url, c.created_by, c.created_at,
       h.last_seq, h.last_message_at,
       c.member_count,
       me.role, me.joined_seq, me.read_seq, me.delivered_seq, me.muted_until, me.notifications, me.pinned, me.archived,
       l.id AS last_id, l.sender_id AS last_sender_id, l.client_msg_id AS last_client_msg_id, l.type AS last_type,
       l.content AS last_content, l.event AS last_event, l.reply_to AS last_reply_to, l.created_at AS last_created_at,
       p.id AS peer_id, p.username AS peer_username, p.display_name AS peer_display_name, p.avatar_url AS peer_avatar_url,
       p.created_at AS peer_created_at, pm.delivered_seq AS peer_delivered_seq,
       (CASE WHEN p.read_receipts AND viewer.read_receipts THEN pm.read_seq ELSE 0 END)::bigint AS peer_read_seq,
       (p.deleted_at IS NOT NULL)::boolean AS peer_deleted,
       c.history_visible
FROM members me
     JOIN users viewer ON viewer.id = me.user_id
     JOIN conversations c ON c.id = me.conversation_id
     JOIN conversation_heads h ON h.conversation_id = me.conversation_id
     LEFT JOIN messages l ON l.conversation_id = me.conversation_id AND l.seq = h.last_seq AND h.last_seq > me.joined_seq
     LEFT JOIN members pm ON c.kind = 'direct' AND pm.conversation_id = c.id AND pm.user_id <> me.user_id
     LEFT JOIN users p ON p.id = pm.user_id;
CREATE VIEW listed_conversations AS
SELECT v.viewer_id, v.id, v.kind, v.name, v.description, v.avatar_url, v.created_by, v.created_at, v.last_seq, v.last_message_at,
       v.member_count, v.role, v.joined_seq, v.read_seq, v.delivered_seq, v.muted_until, v.notifications, v.pinned, v.archived,
       v.last_id, v.last_sender_id, v.last_client_msg_id, v.last_type, v.last_content, v.last_event, v.last_reply_to, v.last_created_at,
       v.peer_id, v.peer_username, v.peer_display_name, v.peer_avatar_url, v.peer_created_at, v.peer_delivered_seq, v.peer_read_seq,
       v.peer_deleted, s.unread_count, s.first_unread_seq, s.put_away, v.history_visible
FROM conversation_views v JOIN conversation_standings s ON s.viewer_id = v.viewer_id AND s.id = v.id;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION delete_messages_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM messages WHERE conversation_id = OLD.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
DROP TABLE mentions;
ALTER TABLE messages DROP COLUMN mentions, DROP COLUMN mentions_all;
