-- name: LockHeads :many
-- First half of an append: taking the heads in one order keeps two batches from
-- waiting for each other, and what follows sees all that was committed before.
SELECT conversation_id FROM conversation_heads
WHERE conversation_id = ANY(@conversation_ids::uuid[])
ORDER BY conversation_id
FOR NO KEY UPDATE;

-- name: AppendMessages :many
-- Second half: one row of answer for each draft, in no order. A draft is
-- answered by an earlier message with the same client_msg_id, or stored if its
-- sender is a member who may write and what it replies to is there, or refused. (The numbers
-- come as an argument since the planner takes generate_subscripts for 1000 rows,
-- for which it would read whole tables.)
WITH draft AS (
    SELECT unnest(@ords::int[]) AS ord, unnest(@ids::uuid[]) AS id,
           unnest(@conversation_ids::uuid[]) AS conversation_id, unnest(@sender_ids::uuid[]) AS sender_id,
           unnest(@client_msg_ids::uuid[]) AS client_msg_id, unnest(@contents::text[]) AS content,
           nullif(unnest(@reply_tos::uuid[]), '00000000-0000-0000-0000-000000000000') AS reply_to
), earlier AS (
    SELECT d.ord, m.id, m.seq, m.created_at,
           m.conversation_id = d.conversation_id AND m.content = d.content AS same
    FROM draft d JOIN messages m ON m.sender_id = d.sender_id AND m.client_msg_id = d.client_msg_id
), checked AS (
    SELECT d.*,
           (SELECT mb.may_write FROM members mb WHERE mb.conversation_id = d.conversation_id AND mb.user_id = d.sender_id) AS may_write, -- NULL: no member
           d.reply_to IS NULL
               OR EXISTS (SELECT FROM messages r WHERE r.id = d.reply_to AND r.conversation_id = d.conversation_id) AS reply_ok
    FROM draft d
    WHERE NOT EXISTS (SELECT FROM earlier e WHERE e.ord = d.ord)
), allowed AS (
    SELECT *, row_number() OVER (PARTITION BY conversation_id ORDER BY ord) AS n
    FROM checked WHERE may_write AND reply_ok
), head AS (
    UPDATE conversation_heads h
    SET last_seq = h.last_seq + a.n, last_message_at = clock_timestamp()
    FROM (SELECT conversation_id, count(*) AS n FROM allowed GROUP BY conversation_id) a
    WHERE h.conversation_id = a.conversation_id
    RETURNING h.conversation_id, h.last_seq - a.n AS base, h.last_message_at
), stored AS (
    INSERT INTO messages (conversation_id, seq, id, sender_id, client_msg_id, type, content, reply_to, created_at)
    SELECT a.conversation_id, h.base + a.n, a.id, a.sender_id, a.client_msg_id, 'text', a.content, a.reply_to, h.last_message_at
    FROM allowed a JOIN head h USING (conversation_id)
    RETURNING id, seq, created_at
)
SELECT d.ord::int AS ord,
       coalesce(s.id, e.id, d.id)::uuid AS message_id,
       coalesce(s.seq, e.seq, 0)::bigint AS seq,
       coalesce(s.created_at, e.created_at, 'epoch')::timestamptz AS created_at,
       (e.id IS NOT NULL)::boolean AS duplicate,
       coalesce(e.same, true)::boolean AS same,
       (c.may_write IS NOT NULL)::boolean AS member,
       coalesce(NOT c.may_write, false)::boolean AS blocked
FROM draft d
     LEFT JOIN stored s ON s.id = d.id
     LEFT JOIN earlier e ON e.ord = d.ord
     LEFT JOIN checked c ON c.ord = d.ord;

-- name: HistoryUp :many
-- The page that begins after a seq.
SELECT * FROM messages
WHERE conversation_id = @conversation_id AND seq > @after_seq AND seq < @before_seq
ORDER BY seq
LIMIT @page_size;

-- name: HistoryDown :many
-- The page that ends before a seq, newest first.
SELECT * FROM messages
WHERE conversation_id = @conversation_id AND seq > @after_seq AND seq < @before_seq
ORDER BY seq DESC
LIMIT @page_size;

-- name: Tails :many
-- The ends of several conversations.
SELECT m.*
FROM (SELECT unnest(@conversation_ids::uuid[]) AS conversation_id, unnest(@after_seqs::bigint[]) AS after_seq,
             unnest(@through_seqs::bigint[]) AS through_seq, unnest(@limits::int[]) AS max_rows) span
     CROSS JOIN LATERAL (
         SELECT * FROM messages x
         WHERE x.conversation_id = span.conversation_id AND x.seq > span.after_seq AND x.seq <= span.through_seq
         ORDER BY x.seq DESC
         LIMIT span.max_rows
     ) m
ORDER BY m.conversation_id, m.seq;
