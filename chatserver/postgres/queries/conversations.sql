-- name: LockPeople :many
-- The rows stay locked so that neither account can go, and neither block the
-- other, while they are joined.
SELECT id FROM users WHERE id = ANY(@ids::uuid[]) AND deleted_at IS NULL ORDER BY id FOR SHARE;

-- name: CreateDirect :one
INSERT INTO conversations (id, kind, created_by, direct_low, direct_high)
VALUES (@id, 'direct', @created_by, @low, @high)
ON CONFLICT (direct_low, direct_high) WHERE kind = 'direct' DO NOTHING
RETURNING id;

-- name: DirectBetween :one
-- The conversation of two people, the smaller id first, who are both still there.
SELECT c.id FROM conversations c
WHERE c.kind = 'direct' AND c.direct_low = @low AND c.direct_high = @high
  AND NOT EXISTS (SELECT FROM users u WHERE u.id IN (c.direct_low, c.direct_high) AND u.deleted_at IS NOT NULL);

-- name: CreateHead :exec
INSERT INTO conversation_heads (conversation_id) VALUES (@conversation_id);

-- name: AddMembers :exec
INSERT INTO members (conversation_id, user_id, role)
SELECT @conversation_id, unnest(@user_ids::uuid[]), @role;

-- name: JoinedSeq :one
SELECT joined_seq FROM members WHERE conversation_id = @conversation_id AND user_id = @user_id;

-- name: VisibleSpan :one
-- What a member may see as long as nothing more is said: who is removed after
-- this was read sees no more by it.
SELECT m.joined_seq, h.last_seq
FROM members m JOIN conversation_heads h ON h.conversation_id = m.conversation_id
WHERE m.conversation_id = @conversation_id AND m.user_id = @user_id;

-- name: Members :many
-- As one of them sees them: read_seq of others is 0 unless both let others see it.
SELECT u.id, u.username, u.display_name, u.avatar_url, u.created_at, m.role, m.joined_at, m.delivered_seq,
       (CASE WHEN u.id = @viewer::uuid OR u.read_receipts AND (SELECT v.read_receipts FROM users v WHERE v.id = @viewer::uuid)
             THEN m.read_seq ELSE 0 END)::bigint AS read_seq,
       (u.deleted_at IS NOT NULL)::boolean AS deleted
FROM members m JOIN users u ON u.id = m.user_id
WHERE m.conversation_id = @conversation_id AND m.user_id > @after
  AND (NOT @searching::boolean
       OR lower(u.username) LIKE @username_pattern::text
       OR (@name_query::text = '' OR to_tsvector('simple', u.display_name) @@ to_tsquery('simple', @name_query::text))
          AND u.display_name ILIKE ALL (@parts::text[]))
ORDER BY m.user_id
LIMIT @page_size;

-- name: MembersByID :many
-- Members for those of some people who are members.
SELECT u.id, u.username, u.display_name, u.avatar_url, u.created_at, m.role, m.joined_at, m.delivered_seq,
       (CASE WHEN u.id = @viewer::uuid OR u.read_receipts AND (SELECT v.read_receipts FROM users v WHERE v.id = @viewer::uuid)
             THEN m.read_seq ELSE 0 END)::bigint AS read_seq,
       (u.deleted_at IS NOT NULL)::boolean AS deleted
FROM members m JOIN users u ON u.id = m.user_id
WHERE m.conversation_id = @conversation_id AND m.user_id = ANY(@ids::uuid[])
ORDER BY m.user_id;

-- name: SetSettings :execrows
UPDATE members m
SET muted_until = sqlc.narg(muted_until), notifications = @notifications, pinned = @pinned, archived = @archived, archived_seq = h.last_seq
FROM conversation_heads h
WHERE m.conversation_id = @conversation_id AND m.user_id = @user_id AND h.conversation_id = m.conversation_id;

-- name: TouchedHeads :many
-- The last seq of each conversation that was written to lately, with what the
-- system noted in it. (now() is one moment for the whole statement, which lets
-- the index serve it; a range with two ends is expected to be a small one.)
SELECT conversation_id, max(seq)::bigint AS last_seq,
       coalesce(jsonb_agg(event) FILTER (WHERE sender_id IS NULL AND event IS NOT NULL), '[]')::jsonb AS events
FROM messages
WHERE created_at > now() - make_interval(secs => @window_seconds) AND created_at < 'infinity'
GROUP BY conversation_id;

-- name: OpenedLately :many
-- The conversations of two people that were opened lately.
SELECT id, direct_low, direct_high FROM conversations
WHERE kind = 'direct' AND created_at > now() - make_interval(secs => @window_seconds);

-- name: DeletedLately :many
SELECT id FROM deleted_conversations WHERE deleted_at > now() - make_interval(secs => @window_seconds);

-- name: AdvanceCursors :many
-- Forward only, and never past the last message. With each move goes what
-- others may know of it: whether they may see what was read, and whether
-- anything else has moved. The time of a move takes the place of the 64th before it.
WITH moved AS (
    UPDATE members m
    SET delivered_seq = greatest(m.delivered_seq, least(i.delivered_seq, h.last_seq)),
        read_seq      = greatest(m.read_seq, least(i.read_seq, h.last_seq)),
        moves         = m.moves + 1
    FROM (SELECT unnest(@conversation_ids::uuid[]) AS conversation_id, unnest(@user_ids::uuid[]) AS user_id,
                 unnest(@delivered_seqs::bigint[]) AS delivered_seq, unnest(@read_seqs::bigint[]) AS read_seq) i
         JOIN conversation_heads h ON h.conversation_id = i.conversation_id
         JOIN members b ON b.conversation_id = i.conversation_id AND b.user_id = i.user_id -- as it was before
         JOIN users u ON u.id = i.user_id
    WHERE m.conversation_id = i.conversation_id AND m.user_id = i.user_id
      AND (least(i.delivered_seq, h.last_seq) > m.delivered_seq OR least(i.read_seq, h.last_seq) > m.read_seq)
    RETURNING m.conversation_id, m.user_id, m.delivered_seq, m.read_seq, m.moves, NOT u.read_receipts AS read_hidden,
              m.delivered_seq > b.delivered_seq AS delivered_moved
), noted AS (
    INSERT INTO cursor_moves (conversation_id, user_id, slot, moved_at, delivered_seq, read_seq)
    SELECT moved.conversation_id, moved.user_id, moved.moves % 64, clock_timestamp(), moved.delivered_seq, moved.read_seq FROM moved
    ON CONFLICT (conversation_id, user_id, slot)
        DO UPDATE SET moved_at = EXCLUDED.moved_at, delivered_seq = EXCLUDED.delivered_seq, read_seq = EXCLUDED.read_seq
)
SELECT conversation_id, user_id, delivered_seq, read_seq, read_hidden::boolean AS read_hidden, delivered_moved::boolean AS delivered_moved FROM moved;
