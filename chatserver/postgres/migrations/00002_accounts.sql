-- +goose Up

CREATE TABLE blocks (
    blocker_id uuid NOT NULL REFERENCES users,
    blocked_id uuid NOT NULL REFERENCES users,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);
CREATE INDEX blocks_blocked_idx ON blocks (blocked_id, blocker_id);
-- Answers in one probe whether either of two people has blocked the other: the
-- pair is written as conversations has it, the smaller id first.
CREATE INDEX blocks_pair_idx ON blocks (least(blocker_id, blocked_id), greatest(blocker_id, blocked_id));

-- False while a block stands between the two of a direct conversation, and where
-- an account is gone. It says again what blocks and users say, so that a message
-- finds it in the one row it has to look at; only transactions that hold the
-- conversation's head change it.
ALTER TABLE members ADD COLUMN may_write boolean NOT NULL DEFAULT true;

-- Who did what to an account, and from where. It outlives the accounts, so it
-- refers to none, and holds no secrets. Rows go after a time.
CREATE TABLE audit_log (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    actor_id uuid,
    action   text NOT NULL,
    target   uuid, -- a session, a person: what the action says
    ip       inet,
    detail   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_actor_idx ON audit_log (actor_id, at);
CREATE INDEX audit_log_at_idx ON audit_log USING brin (at) WITH (pages_per_range = 32, autosummarize = on);

-- As before, but for the other person: read_seq is 0 unless both let others see
-- what they have read, and an account that is gone is marked.
CREATE OR REPLACE VIEW conversation_views AS
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

-- +goose Down
DROP VIEW conversation_views;
CREATE VIEW conversation_views AS
SELECT me.user_id AS viewer_id,
       c.id, c.kind, c.name, c.description, c.avatar_url, c.created_by, c.created_at,
       h.last_seq, h.last_message_at,
       (SELECT count(*) FROM members x WHERE x.conversation_id = c.id)::int AS member_count,
       me.role, me.joined_seq, me.read_seq, me.delivered_seq, me.muted_until, me.notifications, me.pinned, me.archived,
       l.id AS last_id, l.sender_id AS last_sender_id, l.client_msg_id AS last_client_msg_id, l.type AS last_type,
       l.content AS last_content, l.event AS last_event, l.reply_to AS last_reply_to, l.created_at AS last_created_at,
       p.id AS peer_id, p.username AS peer_username, p.display_name AS peer_display_name, p.avatar_url AS peer_avatar_url,
       p.created_at AS peer_created_at, pm.delivered_seq AS peer_delivered_seq, pm.read_seq AS peer_read_seq
FROM members me
     JOIN conversations c ON c.id = me.conversation_id
     JOIN conversation_heads h ON h.conversation_id = me.conversation_id
     LEFT JOIN messages l ON l.conversation_id = me.conversation_id AND l.seq = h.last_seq AND h.last_seq > me.joined_seq
     LEFT JOIN members pm ON c.kind = 'direct' AND pm.conversation_id = c.id AND pm.user_id <> me.user_id
     LEFT JOIN users p ON p.id = pm.user_id;
ALTER TABLE members DROP COLUMN may_write;
DROP TABLE blocks, audit_log;
