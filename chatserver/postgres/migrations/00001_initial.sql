-- +goose Up

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    username      text NOT NULL,
    email         text,
    display_name  text NOT NULL,
    avatar_url    text NOT NULL DEFAULT '',
    password_hash text NOT NULL,
    read_receipts boolean NOT NULL DEFAULT true,
    typing        boolean NOT NULL DEFAULT true,
    last_seen     boolean NOT NULL DEFAULT true,
    created_at    timestamptz(3) NOT NULL DEFAULT now(),
    deleted_at    timestamptz(3)
);
CREATE UNIQUE INDEX users_username_key ON users (lower(username) text_pattern_ops);
CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE email IS NOT NULL;
CREATE INDEX users_display_name_idx ON users USING gin (to_tsvector('simple', display_name));

-- A session is one sign-in on one device: a family of refresh tokens, of which
-- only the newest one's hash is kept.
CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    device_name  text NOT NULL DEFAULT '',
    refresh_hash bytea NOT NULL,
    rotated_at   timestamptz(3) NOT NULL DEFAULT now(),
    created_at   timestamptz(3) NOT NULL DEFAULT now(),
    expires_at   timestamptz(3) NOT NULL,
    revoked_at   timestamptz(3)
);
CREATE INDEX sessions_user_idx ON sessions (user_id);

CREATE TABLE conversations (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('direct', 'group')),
    name        text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    avatar_url  text NOT NULL DEFAULT '',
    created_by  uuid NOT NULL REFERENCES users,
    created_at  timestamptz(3) NOT NULL DEFAULT now(),
    -- The two people of a direct conversation, the smaller id first.
    direct_low  uuid REFERENCES users,
    direct_high uuid REFERENCES users,
    CHECK ((kind = 'direct') = (direct_low IS NOT NULL AND direct_high IS NOT NULL)),
    CHECK (direct_low < direct_high)
);
CREATE UNIQUE INDEX conversations_direct_key ON conversations (direct_low, direct_high) WHERE kind = 'direct';

-- The one row that every message of a conversation updates: narrow, never
-- indexed on what changes, and with room on its page, so that updates stay HOT.
CREATE TABLE conversation_heads (
    conversation_id uuid PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    last_seq        bigint NOT NULL DEFAULT 0,
    last_message_at timestamptz(3) NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE members (
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    user_id         uuid NOT NULL REFERENCES users,
    role            text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    joined_at       timestamptz(3) NOT NULL DEFAULT now(),
    joined_seq      bigint NOT NULL DEFAULT 0,
    delivered_seq   bigint NOT NULL DEFAULT 0,
    read_seq        bigint NOT NULL DEFAULT 0,
    muted_until     timestamptz(3),
    notifications   text NOT NULL DEFAULT 'all' CHECK (notifications IN ('all', 'mentions', 'none')),
    pinned          boolean NOT NULL DEFAULT false,
    archived        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (conversation_id, user_id)
) WITH (fillfactor = 80);
CREATE INDEX members_user_idx ON members (user_id, conversation_id);

CREATE TABLE messages (
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    seq             bigint NOT NULL,
    id              uuid NOT NULL,
    sender_id       uuid REFERENCES users,
    client_msg_id   uuid,
    type            text NOT NULL CHECK (type IN ('text', 'system')),
    content         text NOT NULL,
    event           jsonb,
    reply_to        uuid,
    created_at      timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (conversation_id, seq),
    UNIQUE (id),
    UNIQUE (sender_id, client_msg_id)
);
-- Serves the healing loop, which looks at the last seconds of all conversations.
CREATE INDEX messages_created_at_idx ON messages USING brin (created_at) WITH (pages_per_range = 32, autosummarize = on);

-- A conversation as a member sees it, with all that a list shows.
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

-- +goose Down
DROP VIEW conversation_views;
DROP TABLE messages, members, conversation_heads, conversations, sessions, users;
