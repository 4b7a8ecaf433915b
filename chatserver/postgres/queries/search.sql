-- name: SearchBounds :one
-- Between which messages to search: what the searcher sees, how far it is indexed
-- and, where times are given, the messages of those times. They are found by
-- halving, since a conversation's messages are in the order of their times; as
-- the clocks of two servers differ by a little, an hour is added to either side.
WITH RECURSIVE place AS (
    SELECT me.joined_seq, h.last_seq, coalesce(p.indexed_seq, 0)::bigint AS indexed_seq
    FROM members me
         JOIN conversation_heads h ON h.conversation_id = me.conversation_id
         LEFT JOIN search_progress p ON p.conversation_id = me.conversation_id
    WHERE me.conversation_id = @conversation_id AND me.user_id = @viewer
), bound AS (
    SELECT 'from' AS side, sqlc.narg(from_time)::timestamptz - interval '1 hour' AS at
    UNION ALL SELECT 'to' AS side, sqlc.narg(to_time)::timestamptz + interval '1 hour' AS at
), halving AS ( -- (low, high]: the last message before, and the first after
    SELECT bound.side, bound.at, place.joined_seq AS low, place.last_seq + 1 AS high FROM place, bound WHERE bound.at IS NOT NULL
    UNION ALL
    SELECT x.side, x.at,
           CASE WHEN m.created_at < x.at THEN m.seq ELSE x.low END AS low,
           CASE WHEN m.created_at < x.at THEN x.high ELSE m.seq END AS high
    FROM halving x JOIN messages m ON m.conversation_id = @conversation_id AND m.seq = (x.low + x.high) / 2
    WHERE x.high - x.low > 1
)
SELECT greatest(place.joined_seq, (SELECT max(x.low) FROM halving x WHERE x.side = 'from'))::bigint AS after_seq,
       least(place.last_seq, (SELECT min(x.high) - 1 FROM halving x WHERE x.side = 'to'))::bigint AS through_seq,
       place.indexed_seq::bigint AS indexed_seq
FROM place;

-- name: SearchIndexed :many
-- The newest messages that a query finds, which has a mark of the conversation in
-- it. (No condition names the conversation: there is but one way to find the rows.)
SELECT m.* FROM (
    SELECT s.seq FROM message_search s
    WHERE s.tokens @@ @query::tsquery AND s.seq > @after_seq AND s.seq <= @through_seq
      AND (sqlc.narg(from_time)::timestamptz IS NULL OR s.created_at >= sqlc.narg(from_time))
      AND (sqlc.narg(to_time)::timestamptz IS NULL OR s.created_at < sqlc.narg(to_time))
    ORDER BY s.seq DESC
    LIMIT @page_size
) hit JOIN messages m ON m.conversation_id = @conversation_id AND m.seq = hit.seq
ORDER BY m.seq DESC;

-- name: Lexemes :many
-- What a text search configuration makes of words; nothing of stop words.
SELECT w.word::text AS word, tsvector_to_array(to_tsvector(@config::regconfig, w.word))::text[] AS lexemes
FROM unnest(@words::text[]) AS w (word);

-- name: SearchConfigs :one
-- Whether there is a text search configuration of that name.
SELECT EXISTS (SELECT FROM pg_catalog.pg_ts_config WHERE cfgname = @name::text AND pg_ts_config_is_visible(oid));

-- name: SetSearchAnalysis :exec
INSERT INTO search_settings (analysis) VALUES (@analysis)
ON CONFLICT (one) DO UPDATE SET analysis = EXCLUDED.analysis WHERE search_settings.analysis <> EXCLUDED.analysis;

-- name: SearchAnalysis :one
SELECT analysis FROM search_settings;

-- name: TouchedUnindexed :many
-- The conversations written to lately whose last messages are not indexed.
SELECT t.conversation_id
FROM (SELECT m.conversation_id, max(m.seq) AS last_seq FROM messages m
      WHERE m.created_at > now() - make_interval(secs => @window_seconds) AND m.created_at < 'infinity' GROUP BY m.conversation_id) t
     LEFT JOIN LATERAL (SELECT x.indexed_seq FROM search_progress x WHERE x.conversation_id = t.conversation_id LIMIT 1) p ON true
WHERE t.last_seq > coalesce(p.indexed_seq, 0);

-- name: SweepUnindexed :many
-- A page of all conversations, and which of them have something to index.
SELECT page.conversation_id,
       (page.last_seq > coalesce(p.indexed_seq, 0)
           OR coalesce(p.renew_through > 0 OR p.analysis <> @analysis::text, false))::boolean AS pending
FROM (SELECT h.conversation_id, h.last_seq FROM conversation_heads h
      WHERE h.conversation_id > @after ORDER BY h.conversation_id LIMIT @page_size) page
     LEFT JOIN LATERAL (SELECT x.indexed_seq, x.renew_through, x.analysis FROM search_progress x
                        WHERE x.conversation_id = page.conversation_id LIMIT 1) p ON true
ORDER BY page.conversation_id;

-- name: BeginIndexing :exec
INSERT INTO search_progress (conversation_id, analysis)
SELECT h.conversation_id, @analysis FROM conversation_heads h WHERE h.conversation_id = ANY(@conversation_ids::uuid[])
ORDER BY h.conversation_id
ON CONFLICT DO NOTHING;

-- name: ClaimIndexing :many
-- Where conversations stand that nobody else is indexing. They stay locked, and
-- every message up to last_seq is there to be read.
SELECT p.conversation_id, p.indexed_seq, p.analysis, p.renew_through, h.last_seq
FROM search_progress p
     CROSS JOIN LATERAL (SELECT x.last_seq FROM conversation_heads x WHERE x.conversation_id = p.conversation_id LIMIT 1) h
WHERE p.conversation_id = ANY(@conversation_ids::uuid[])
ORDER BY p.conversation_id
FOR NO KEY UPDATE OF p SKIP LOCKED;

-- name: MessagesToIndex :many
SELECT m.conversation_id, m.seq, m.sender_id, m.content, m.created_at
FROM (SELECT unnest(@conversation_ids::uuid[]) AS conversation_id, unnest(@after_seqs::bigint[]) AS after_seq,
             unnest(@through_seqs::bigint[]) AS through_seq) span
     CROSS JOIN LATERAL (
         SELECT * FROM messages x
         WHERE x.conversation_id = span.conversation_id AND x.seq > span.after_seq AND x.seq <= span.through_seq
           AND x.sender_id IS NOT NULL
         ORDER BY x.seq
         LIMIT @max_rows
     ) m;

-- name: StoreIndexed :exec
INSERT INTO message_search (conversation_id, seq, created_at, tokens)
SELECT i.conversation_id, i.seq, i.created_at, i.tokens::tsvector
FROM (SELECT unnest(@conversation_ids::uuid[]) AS conversation_id, unnest(@seqs::bigint[]) AS seq,
             unnest(@created_ats::timestamptz[]) AS created_at, unnest(@tokens::text[]) AS tokens) i
ON CONFLICT (conversation_id, seq) DO UPDATE SET tokens = EXCLUDED.tokens;

-- name: AdvanceIndexing :exec
UPDATE search_progress p
SET indexed_seq = i.indexed_seq, renew_through = i.renew_through, analysis = @analysis
FROM (SELECT unnest(@conversation_ids::uuid[]) AS conversation_id, unnest(@indexed_seqs::bigint[]) AS indexed_seq,
             unnest(@renew_throughs::bigint[]) AS renew_through) i
WHERE p.conversation_id = i.conversation_id;
