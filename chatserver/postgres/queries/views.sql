-- name: ConversationViews :many
-- A member's conversations, the most recently active first.
SELECT * FROM conversation_views
WHERE viewer_id = @viewer
  AND (sqlc.narg(after_at)::timestamptz IS NULL
       OR (last_message_at, id) < (sqlc.narg(after_at)::timestamptz, sqlc.narg(after_id)::uuid))
ORDER BY last_message_at DESC, id DESC
LIMIT @page_size;

-- name: ConversationViewsByID :many
-- Those of the given conversations that the viewer is a member of.
SELECT * FROM conversation_views
WHERE viewer_id = @viewer AND id = ANY(@conversation_ids::uuid[]);
