-- name: LockForBlock :many
-- Conflicts with LockPeople: a conversation being opened is waited for.
SELECT id FROM users WHERE id = ANY(@ids::uuid[]) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE;

-- name: LockDirectHead :exec
-- A message being stored comes before the block; one that comes later sees it.
SELECT h.conversation_id FROM conversation_heads h
WHERE h.conversation_id = (SELECT c.id FROM conversations c WHERE c.kind = 'direct' AND c.direct_low = @low AND c.direct_high = @high)
FOR NO KEY UPDATE;

-- name: LetDirectWrite :exec
-- Whether the two of a direct conversation may write; the smaller id comes first.
UPDATE members m SET may_write = @may_write
FROM conversations c
WHERE c.kind = 'direct' AND c.direct_low = @low AND c.direct_high = @high
  AND m.conversation_id = c.id AND m.user_id IN (c.direct_low, c.direct_high);

-- name: Block :execrows
INSERT INTO blocks (blocker_id, blocked_id) VALUES (@blocker_id, @blocked_id) ON CONFLICT DO NOTHING;

-- name: Unblock :execrows
DELETE FROM blocks WHERE blocker_id = @blocker_id AND blocked_id = @blocked_id;

-- name: DeleteBlocksOf :exec
DELETE FROM blocks WHERE blocker_id = @user_id OR blocked_id = @user_id;

-- name: Blocked :many
-- The people whom someone has blocked, by username.
SELECT u.* FROM blocks b JOIN users u ON u.id = b.blocked_id
WHERE b.blocker_id = @blocker_id AND lower(u.username) > @after::text
ORDER BY lower(u.username)
LIMIT @page_size;

-- name: BlockedEither :one
-- Whether one of two people has blocked the other; the smaller id comes first.
SELECT EXISTS (
    SELECT FROM blocks b
    WHERE least(b.blocker_id, b.blocked_id) = @low AND greatest(b.blocker_id, b.blocked_id) = @high);

-- name: BlockersOf :many
-- Those of some people who have blocked a person.
SELECT blocker_id FROM blocks WHERE blocked_id = @blocked_id AND blocker_id = ANY(@people::uuid[]);
