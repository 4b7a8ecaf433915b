-- name: PlaceOfMessage :one
-- Where a message is, for who may see it.
SELECT m.conversation_id, m.seq
FROM messages m JOIN members me ON me.conversation_id = m.conversation_id AND me.user_id = @viewer
WHERE m.id = @id AND m.seq > me.joined_seq;

-- name: CountReceipts :one
-- How many of those who may see a message, other than its sender, it has reached,
-- and how many have read it as far as the viewer may see.
SELECT count(*) FILTER (WHERE x.delivered_seq >= m.seq)::int AS delivered,
       count(*) FILTER (WHERE x.read_seq >= m.seq AND (x.user_id = viewer.id OR u.read_receipts AND viewer.read_receipts))::int AS read
FROM messages m
     JOIN members x ON x.conversation_id = m.conversation_id AND x.joined_seq < m.seq AND x.user_id IS DISTINCT FROM m.sender_id
     JOIN users u ON u.id = x.user_id AND u.deleted_at IS NULL
     JOIN users viewer ON viewer.id = @viewer
WHERE m.conversation_id = @conversation_id AND m.seq = @seq;

-- name: Receipts :many
-- A page of them. A time is known if the first move past the message is still
-- there: if an earlier one is, or if no move was ever overwritten. The epoch
-- stands for none.
SELECT page.user_id,
       (page.delivered_seq >= @seq::bigint)::boolean AS delivered,
       (page.readable AND page.read_seq >= @seq::bigint)::boolean AS read,
       coalesce(CASE WHEN page.moves <= 64 OR times.first_delivered < @seq::bigint THEN times.delivered_at END, to_timestamp(0))::timestamptz AS delivered_at,
       coalesce(CASE WHEN page.readable AND (page.moves <= 64 OR times.first_read < @seq::bigint) THEN times.read_at END, to_timestamp(0))::timestamptz AS read_at
FROM (SELECT x.user_id, x.delivered_seq, x.read_seq, x.moves,
             x.user_id = viewer.id OR u.read_receipts AND viewer.read_receipts AS readable
      FROM messages m
           JOIN members x ON x.conversation_id = m.conversation_id AND x.joined_seq < m.seq AND x.user_id IS DISTINCT FROM m.sender_id
           JOIN users u ON u.id = x.user_id AND u.deleted_at IS NULL
           JOIN users viewer ON viewer.id = @viewer
      WHERE m.conversation_id = @conversation_id AND m.seq = @seq AND x.user_id > @after
      ORDER BY x.user_id
      LIMIT @page_size) page
     CROSS JOIN LATERAL (
         SELECT min(c.delivered_seq) AS first_delivered, min(c.read_seq) AS first_read,
                min(c.moved_at) FILTER (WHERE c.delivered_seq >= @seq) AS delivered_at,
                min(c.moved_at) FILTER (WHERE c.read_seq >= @seq) AS read_at
         FROM cursor_moves c
         WHERE c.conversation_id = @conversation_id AND c.user_id = page.user_id
     ) times
ORDER BY page.user_id;

-- name: TypistsWhoMay :many
-- Those of some people who may write to conversations, and let others see that they do.
SELECT m.conversation_id, m.user_id
FROM (SELECT unnest(@conversation_ids::uuid[]) AS conversation_id, unnest(@user_ids::uuid[]) AS user_id) asked
     JOIN members m ON m.conversation_id = asked.conversation_id AND m.user_id = asked.user_id AND m.may_write
     JOIN users u ON u.id = m.user_id AND u.typing;
