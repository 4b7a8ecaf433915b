-- name: CreateGroup :exec
INSERT INTO conversations (id, kind, name, description, avatar_url, history_visible, member_count, created_by)
VALUES (@id, 'group', @name, @description, @avatar_url, @history_visible, @member_count, @created_by);

-- name: LockHead :one
-- Whoever changes a group holds its head, as those do who store messages.
SELECT last_seq FROM conversation_heads WHERE conversation_id = @conversation_id FOR NO KEY UPDATE;

-- name: Group :one
-- A group as it is under the lock; the heir is who gets it when its owner goes.
SELECT c.kind, c.name, c.description, c.avatar_url, c.history_visible, c.member_count, now()::timestamptz AS moment,
       coalesce(heir.user_id, '00000000-0000-0000-0000-000000000000')::uuid AS heir
FROM conversations c
     LEFT JOIN LATERAL (
         SELECT m.user_id FROM members m
         WHERE m.conversation_id = c.id AND m.role <> 'owner'
         ORDER BY m.role, m.joined_at, m.user_id -- admin comes before member
         LIMIT 1
     ) heir ON true
WHERE c.id = @id;

-- name: PeopleForGroup :many
-- Some people as one who changes a group finds them, in the order of the ids.
SELECT p.id::uuid AS id, (u.id IS NOT NULL)::boolean AS account, coalesce(m.role, '')::text AS role,
       EXISTS (SELECT FROM blocks b
               WHERE least(b.blocker_id, b.blocked_id) = least(p.id, @actor::uuid)
                 AND greatest(b.blocker_id, b.blocked_id) = greatest(p.id, @actor::uuid)) AS blocked
FROM unnest(@ids::uuid[]) WITH ORDINALITY AS p (id, place)
     LEFT JOIN users u ON u.id = p.id AND u.deleted_at IS NULL
     LEFT JOIN members m ON m.conversation_id = @conversation_id::uuid AND m.user_id = p.id
ORDER BY p.place;

-- name: AppendNotices :many
-- The system's messages. The caller holds the head and has read where it stands.
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp()::timestamptz(3) AS at
), notice AS (
    SELECT unnest(@seqs::bigint[]) AS seq, unnest(@ids::uuid[]) AS id, unnest(@contents::text[]) AS content, unnest(@events::text[]) AS event
), head AS (
    UPDATE conversation_heads h SET last_seq = (SELECT max(n.seq) FROM notice n), last_message_at = moment.at
    FROM moment WHERE h.conversation_id = @conversation_id
)
INSERT INTO messages (conversation_id, seq, id, type, content, event, created_at)
SELECT @conversation_id, n.seq, n.id, 'system', n.content, n.event::jsonb, moment.at
FROM notice n, moment
RETURNING *;

-- name: JoinGroup :exec
-- What was said up to seq the new members do not see, unless the group shows it.
INSERT INTO members (conversation_id, user_id, role, joined_seq, read_seq, delivered_seq)
SELECT c.id, p.id, 'member', CASE WHEN c.history_visible THEN 0 ELSE @seq::bigint END, @seq::bigint, @seq::bigint
FROM conversations c, unnest(@user_ids::uuid[]) AS p (id)
WHERE c.id = @conversation_id;

-- name: LeaveGroup :exec
DELETE FROM members WHERE conversation_id = @conversation_id AND user_id = ANY(@user_ids::uuid[]);

-- name: CountMembers :exec
UPDATE conversations SET member_count = member_count + @more::int WHERE id = @id;

-- name: SetRole :exec
UPDATE members SET role = @role WHERE conversation_id = @conversation_id AND user_id = @user_id;

-- name: UpdateGroup :exec
-- What is NULL stays as it is.
UPDATE conversations
SET name            = coalesce(sqlc.narg(name), name),
    description     = coalesce(sqlc.narg(description), description),
    avatar_url      = coalesce(sqlc.narg(avatar_url), avatar_url),
    history_visible = coalesce(sqlc.narg(history_visible), history_visible)
WHERE id = @id;

-- name: DeleteGroup :exec
-- All that hangs on it goes too, but for what was said, which is purged in pieces.
-- That it was there is remembered for a day.
WITH forgotten AS (
    DELETE FROM deleted_conversations WHERE purged AND deleted_at < now() - interval '1 day'
), remembered AS (
    INSERT INTO deleted_conversations (id) VALUES (@id)
)
DELETE FROM conversations c WHERE c.id = @id;

-- name: CreateInvitation :exec
INSERT INTO invitations (id, conversation_id, code, created_by, created_at, expires_at, max_uses)
VALUES (@id, @conversation_id, @code, @created_by, @created_at, @expires_at, sqlc.narg(max_uses));

-- name: InvitationOf :one
-- An invitation of a group. The caller holds the group's head, as do all who use or revoke it.
SELECT * FROM invitations WHERE id = @id AND conversation_id = @conversation_id;

-- name: UseInvitation :exec
UPDATE invitations SET uses = uses + 1 WHERE id = @id;

-- name: RevokeInvitation :exec
UPDATE invitations SET revoked_at = now() WHERE id = @id AND revoked_at IS NULL;

-- name: InvitationByCode :one
SELECT i.id, i.conversation_id, i.created_by, i.expires_at, i.max_uses, i.uses, (i.revoked_at IS NOT NULL)::boolean AS revoked,
       c.name, c.description, c.avatar_url, c.member_count,
       EXISTS (SELECT FROM members m WHERE m.conversation_id = c.id AND m.user_id = @viewer) AS member
FROM invitations i JOIN conversations c ON c.id = i.conversation_id
WHERE i.code = @code;

-- name: Invitations :many
-- Those that still work, the newest first.
SELECT * FROM invitations
WHERE conversation_id = @conversation_id AND id < @before
  AND revoked_at IS NULL AND expires_at > now() AND (max_uses IS NULL OR uses < max_uses)
ORDER BY id DESC
LIMIT @page_size;

-- name: GroupsOf :many
-- The groups of somebody who goes, in the order in which heads are locked.
SELECT m.conversation_id
FROM members m
     CROSS JOIN LATERAL (SELECT c.kind FROM conversations c WHERE c.id = m.conversation_id LIMIT 1) c
WHERE m.user_id = @user_id AND c.kind = 'group'
ORDER BY m.conversation_id;

-- name: ViewsOf :many
-- One conversation as several of its members see it.
SELECT v.*
FROM unnest(@viewers::uuid[]) AS viewer (id)
     CROSS JOIN LATERAL (SELECT * FROM listed_conversations l WHERE l.viewer_id = viewer.id AND l.id = @conversation_id LIMIT 1) v;
