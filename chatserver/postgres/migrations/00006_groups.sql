-- +goose Up

-- Servers from before groups make direct conversations alone, of two people each.
ALTER TABLE conversations
    ADD COLUMN history_visible boolean NOT NULL DEFAULT false, -- new members see what was said before they came
    ADD COLUMN member_count int NOT NULL DEFAULT 2;            -- changed with the members, while the head is locked
UPDATE conversations c SET member_count = (SELECT count(*) FROM members m WHERE m.conversation_id = c.id) WHERE c.kind = 'group';

-- A group has one owner, at any moment.
CREATE UNIQUE INDEX members_owner_key ON members (conversation_id) WHERE role = 'owner';

CREATE TABLE invitations (
    id              uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    code            text NOT NULL UNIQUE, -- random; whoever has it may join
    created_by      uuid NOT NULL REFERENCES users,
    created_at      timestamptz(3) NOT NULL,
    expires_at      timestamptz(3) NOT NULL,
    max_uses        int, -- NULL: any number
    uses            int NOT NULL DEFAULT 0,
    revoked_at      timestamptz(3),
    CHECK (uses <= max_uses)
);
CREATE INDEX invitations_conversation_idx ON invitations (conversation_id, id);

-- Groups that were deleted, for nodes that did not hear of it. Rows go after a time.
CREATE TABLE deleted_conversations (
    id         uuid PRIMARY KEY,
    deleted_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX deleted_conversations_at_idx ON deleted_conversations (deleted_at);

-- As before, with history_visible, and without counting members anew for each row.
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
       c.history_visible
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
       v.peer_deleted, s.unread_count, s.first_unread_seq, s.put_away, v.history_visible
FROM conversation_views v JOIN conversation_standings s ON s.viewer_id = v.viewer_id AND s.id = v.id;

-- +goose Down
DROP VIEW listed_conversations, conversation_views;
CREATE VIEW conversation_views AS
SELECT me.user_id AS viewer_id,
       c.id, c.kind, c.name, c.description, c.avatar_url, c.created_by, c.created_at,
       h.last_seq, h.last_message_at,
       (SELECT count(*) FROM members x WHERE x.conversation_id = c.id)::int AS member_count,
       me.role, me.joined_seq, me.read_seq, me.delivered_seq, me.muted_until, me.notifications, me.pinned, me.archived,
       l.id AS last_id, l.sender_id AS last_sender_id, l.client_msg_id AS last_client_msg_id, l.type AS last_type,
       l.content AS last_content, l.event AS last_event, l.reply_to AS last_reply_to, l.created_at AS last_created_at,
       p.id AS peer_id, p.username AS peer_username, p.display_name AS peer_display_name, p.avatar_url AS peer_avatar_url,
       p.created_at AS peer_created_at, pm.delivered_seq AS peer_delivered_seq,
       (CASE WHEN p.read_receipts AND viewer.read_receipts THEN pm.read_seq ELSE 0 END)::bigint AS peer_read_seq,
       (p.deleted_at IS NOT NULL)::boolean AS peer_deleted
FROM members me
     JOIN users viewer ON viewer.id = me.user_id
     JOIN conversations c ON c.id = me.conversation_id
     JOIN conversation_heads h ON h.conversation_id = me.conversation_id
     LEFT JOIN messages l ON l.conversation_id = me.conversation_id AND l.seq = h.last_seq AND h.last_seq > me.joined_seq
     LEFT JOIN members pm ON c.kind = 'direct' AND pm.conversation_id = c.id AND pm.user_id <> me.user_id
     LEFT JOIN users p ON p.id = pm.user_id;
CREATE VIEW listed_conversations AS
SELECT v.*, s.unread_count, s.first_unread_seq, s.put_away
FROM conversation_views v JOIN conversation_standings s ON s.viewer_id = v.viewer_id AND s.id = v.id;
DROP TABLE invitations, deleted_conversations;
DROP INDEX members_owner_key;
ALTER TABLE conversations DROP COLUMN history_visible, DROP COLUMN member_count;
