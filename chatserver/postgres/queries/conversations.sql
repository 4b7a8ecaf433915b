-- name: LockPeople :many
-- The rows stay locked so that neither account can go while they are joined.
SELECT id FROM users WHERE id = ANY(@ids::uuid[]) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE;

-- name: CreateDirect :one
INSERT INTO conversations (id, kind, created_by, direct_low, direct_high)
VALUES (@id, 'direct', @created_by, @low, @high)
ON CONFLICT (direct_low, direct_high) WHERE kind = 'direct' DO NOTHING
RETURNING id;

-- name: DirectBetween :one
SELECT id FROM conversations WHERE kind = 'direct' AND direct_low = @low AND direct_high = @high;

-- name: CreateHead :exec
INSERT INTO conversation_heads (conversation_id) VALUES (@conversation_id);

-- name: AddMembers :exec
INSERT INTO members (conversation_id, user_id, role)
SELECT @conversation_id, unnest(@user_ids::uuid[]), @role;

-- name: JoinedSeq :one
SELECT joined_seq FROM members WHERE conversation_id = @conversation_id AND user_id = @user_id;

-- name: Members :many
SELECT u.id, u.username, u.display_name, u.avatar_url, u.created_at, m.role, m.joined_at, m.delivered_seq, m.read_seq
FROM members m JOIN users u ON u.id = m.user_id
WHERE m.conversation_id = @conversation_id AND m.user_id > @after
ORDER BY m.user_id
LIMIT @page_size;

-- name: Heads :many
SELECT conversation_id, last_seq FROM conversation_heads WHERE conversation_id = ANY(@conversation_ids::uuid[]);

-- name: TouchedHeads :many
-- The last seq of each conversation that was written to lately. (now() is one
-- moment for the whole statement, which lets the index serve it.)
SELECT conversation_id, max(seq)::bigint AS last_seq
FROM messages
WHERE created_at > now() - make_interval(secs => @window_seconds)
GROUP BY conversation_id;

-- name: AdvanceCursors :many
-- Forward only, and never past the last message.
UPDATE members m
SET delivered_seq = greatest(m.delivered_seq, least(i.delivered_seq, h.last_seq)),
    read_seq      = greatest(m.read_seq, least(i.read_seq, h.last_seq))
FROM (SELECT unnest(@conversation_ids::uuid[]) AS conversation_id, unnest(@user_ids::uuid[]) AS user_id,
             unnest(@delivered_seqs::bigint[]) AS delivered_seq, unnest(@read_seqs::bigint[]) AS read_seq) i
     JOIN conversation_heads h ON h.conversation_id = i.conversation_id
WHERE m.conversation_id = i.conversation_id AND m.user_id = i.user_id
  AND (least(i.delivered_seq, h.last_seq) > m.delivered_seq OR least(i.read_seq, h.last_seq) > m.read_seq)
RETURNING m.conversation_id, m.user_id, m.delivered_seq, m.read_seq;
