-- name: LockHeads :many
-- First half of an append: taking the heads in one order keeps two batches from
-- waiting for each other, and what follows sees all that was committed before.
SELECT conversation_id FROM conversation_heads
WHERE conversation_id = ANY(@conversation_ids::uuid[])
ORDER BY conversation_id
FOR NO KEY UPDATE;

-- name: AppendMessages :many
-- Second half: one row of answer for each draft. A draft is answered by an
-- earlier message with the same client_msg_id, or stored if its sender is a
-- member who may write and what it replies to is there, or refused. The heads are
-- locked, so the seqs can be counted from what is read here; that membership is
-- checked under the lock stands in for foreign keys (migration 5). (The numbers
-- come as an argument since the planner takes generate_subscripts for 1000 rows.
-- Each join is on a key and is made by its index: see appendSettings.) Whom the
-- drafts call comes apart, a row for each, and mostly there are none; the zero id
-- calls everybody, if the sender may. Who is not a member is not called.
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp()::timestamptz(3) AS at
), draft AS (
    SELECT unnest(@ords::int[]) AS ord, unnest(@ids::uuid[]) AS id,
           unnest(@conversation_ids::uuid[]) AS conversation_id, unnest(@sender_ids::uuid[]) AS sender_id,
           unnest(@client_msg_ids::uuid[]) AS client_msg_id, unnest(@contents::text[]) AS content,
           nullif(unnest(@reply_tos::uuid[]), '00000000-0000-0000-0000-000000000000') AS reply_to
), judged AS MATERIALIZED (
    SELECT d.*, h.last_seq, e.id AS earlier_id, e.seq AS earlier_seq, e.created_at AS earlier_at,
           e.mentions AS earlier_mentions, e.mentions_all AS earlier_mentions_all,
           e.conversation_id = d.conversation_id AND e.content = d.content AS same,
           mb.may_write, -- NULL: no member
           mb.role,
           e.id IS NULL AND coalesce(mb.may_write, false) AND (d.reply_to IS NULL OR r.id IS NOT NULL) AS allowed
    FROM draft d
         LEFT JOIN conversation_heads h ON h.conversation_id = d.conversation_id
         LEFT JOIN members mb ON mb.conversation_id = d.conversation_id AND mb.user_id = d.sender_id
         LEFT JOIN messages e ON e.sender_id = d.sender_id AND e.client_msg_id = d.client_msg_id
         LEFT JOIN messages r ON r.id = d.reply_to AND r.conversation_id = d.conversation_id
), numbered AS MATERIALIZED (
    SELECT *, last_seq + row_number() OVER (PARTITION BY conversation_id, allowed ORDER BY ord) AS seq FROM judged
), head AS (
    UPDATE conversation_heads h
    SET last_seq = a.seq, last_message_at = moment.at
    FROM (SELECT conversation_id, max(seq) AS seq FROM numbered WHERE allowed GROUP BY conversation_id) a, moment
    WHERE h.conversation_id = a.conversation_id
), called AS MATERIALIZED (
    SELECT DISTINCT c.ord, c.user_id, n.conversation_id, n.seq
    FROM (SELECT unnest(@mention_ords::int[]) AS ord, unnest(@mention_ids::uuid[]) AS user_id) c
         JOIN numbered n ON n.ord = c.ord AND n.allowed
         LEFT JOIN members x ON x.conversation_id = n.conversation_id AND x.user_id = c.user_id
    WHERE x.user_id IS NOT NULL
       OR c.user_id = '00000000-0000-0000-0000-000000000000' AND n.role = ANY(@callers_of_all::text[])
), calls AS MATERIALIZED (
    SELECT ord, array_agg(user_id ORDER BY user_id) FILTER (WHERE user_id <> '00000000-0000-0000-0000-000000000000') AS people,
           bool_or(user_id = '00000000-0000-0000-0000-000000000000') AS everybody
    FROM called GROUP BY ord
), stored AS (
    INSERT INTO messages (conversation_id, seq, id, sender_id, client_msg_id, type, content, reply_to, created_at, mentions, mentions_all)
    SELECT n.conversation_id, n.seq, n.id, n.sender_id, n.client_msg_id, 'text', n.content, n.reply_to, moment.at,
           calls.people, coalesce(calls.everybody, false)
    FROM numbered n LEFT JOIN calls ON calls.ord = n.ord, moment
    WHERE n.allowed
), counted AS (
    INSERT INTO mentions (conversation_id, user_id, seq) SELECT conversation_id, user_id, seq FROM called
)
SELECT n.ord::int AS ord,
       coalesce(n.earlier_id, n.id)::uuid AS message_id,
       (CASE WHEN n.allowed THEN n.seq ELSE coalesce(n.earlier_seq, 0) END)::bigint AS seq,
       coalesce(n.earlier_at, moment.at)::timestamptz AS created_at,
       (n.earlier_id IS NOT NULL)::boolean AS duplicate,
       coalesce(n.same, true)::boolean AS same,
       (n.may_write IS NOT NULL)::boolean AS member,
       coalesce(NOT n.may_write, false)::boolean AS blocked,
       coalesce(n.earlier_mentions, calls.people, '{}')::uuid[] AS mentions,
       coalesce(n.earlier_mentions_all, calls.everybody, false)::boolean AS mentions_all
FROM numbered n LEFT JOIN calls ON calls.ord = n.ord, moment;

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
