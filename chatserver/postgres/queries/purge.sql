-- name: ClaimPurge :one
-- A deleted conversation of which something is left, and that nobody else is purging.
SELECT id FROM deleted_conversations
WHERE NOT purged
ORDER BY deleted_at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: PurgeMessages :execrows
DELETE FROM messages m
WHERE m.conversation_id = @conversation_id
  AND m.seq IN (SELECT x.seq FROM messages x WHERE x.conversation_id = @conversation_id ORDER BY x.seq LIMIT @max_rows);

-- name: PurgeIndexed :execrows
DELETE FROM message_search s
WHERE s.conversation_id = @conversation_id
  AND s.seq IN (SELECT x.seq FROM message_search x WHERE x.conversation_id = @conversation_id ORDER BY x.seq LIMIT @max_rows);

-- name: PurgeMentions :execrows
DELETE FROM mentions m
WHERE m.conversation_id = @conversation_id
  AND (m.user_id, m.seq) IN (SELECT x.user_id, x.seq FROM mentions x WHERE x.conversation_id = @conversation_id ORDER BY x.user_id, x.seq LIMIT @max_rows);

-- name: Purged :exec
UPDATE deleted_conversations SET purged = true WHERE id = @id;
