-- name: ConversationViews :many
-- A member's conversations, the most recently active first. (The page is chosen
-- before the rest is looked up, here and below.)
SELECT v.*
FROM (SELECT me.conversation_id
      FROM members me JOIN conversation_heads h ON h.conversation_id = me.conversation_id
      WHERE me.user_id = @viewer
        AND (sqlc.narg(after_at)::timestamptz IS NULL
             OR (h.last_message_at, me.conversation_id) < (sqlc.narg(after_at)::timestamptz, sqlc.narg(after_id)::uuid))
      ORDER BY h.last_message_at DESC, me.conversation_id DESC
      LIMIT @page_size) page
     JOIN listed_conversations v ON v.viewer_id = @viewer AND v.id = page.conversation_id
ORDER BY v.last_message_at DESC, v.id DESC;

-- name: ConversationList :many
-- A member's conversations as their list has them: pinned ones first, then the
-- most recently active, those that pass the filters. What a filter needs to know
-- is looked up only when it is on.
SELECT v.*
FROM (SELECT me.conversation_id
      FROM members me JOIN conversation_heads h ON h.conversation_id = me.conversation_id
      WHERE me.user_id = @viewer
        AND (sqlc.narg(after_at)::timestamptz IS NULL
             OR (me.pinned, h.last_message_at, me.conversation_id)
                < (sqlc.narg(after_pinned)::boolean, sqlc.narg(after_at)::timestamptz, sqlc.narg(after_id)::uuid))
        AND (me.archived
             AND (SELECT x.put_away FROM listed_conversations x WHERE x.viewer_id = me.user_id AND x.id = me.conversation_id)) = @archived::boolean
        AND (NOT @unread::boolean
             OR (SELECT x.unread_count FROM listed_conversations x WHERE x.viewer_id = me.user_id AND x.id = me.conversation_id) > 0)
        AND (sqlc.narg(kind)::text IS NULL
             OR (SELECT c.kind FROM conversations c WHERE c.id = me.conversation_id) = sqlc.narg(kind)::text)
        AND (NOT @searching::boolean
             OR (SELECT lower(p.username) LIKE @username_pattern::text
                        OR (@name_query::text = ''
                            OR to_tsvector('simple', concat_ws(' ', c.name, p.username, p.display_name)) @@ to_tsquery('simple', @name_query::text))
                           AND concat_ws(' ', c.name, p.display_name) ILIKE ALL (@parts::text[])
                 FROM conversations c
                      LEFT JOIN users p ON c.kind = 'direct' AND p.id = CASE c.direct_low WHEN me.user_id THEN c.direct_high ELSE c.direct_low END
                 WHERE c.id = me.conversation_id))
      ORDER BY me.pinned DESC, h.last_message_at DESC, me.conversation_id DESC
      LIMIT @page_size) page
     JOIN listed_conversations v ON v.viewer_id = @viewer AND v.id = page.conversation_id
ORDER BY v.pinned DESC, v.last_message_at DESC, v.id DESC;

-- name: ConversationViewsByID :many
-- Those of the given conversations that the viewer is a member of.
SELECT * FROM listed_conversations
WHERE viewer_id = @viewer AND id = ANY(@conversation_ids::uuid[]);
