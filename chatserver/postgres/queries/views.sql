-- name: ConversationViews :many
-- A member's conversations, the most recently active first. (Here and below what
-- is shown is looked up for each row of the page alone: the limits of 1 leave the
-- planner no other way, such as reading all that all people have.)
SELECT v.*
FROM (SELECT me.user_id, me.conversation_id
      FROM members me
           CROSS JOIN LATERAL (SELECT h.last_message_at FROM conversation_heads h WHERE h.conversation_id = me.conversation_id LIMIT 1) head
      WHERE me.user_id = @viewer
        AND (sqlc.narg(after_at)::timestamptz IS NULL
             OR (head.last_message_at, me.conversation_id) < (sqlc.narg(after_at)::timestamptz, sqlc.narg(after_id)::uuid))
      ORDER BY head.last_message_at DESC, me.conversation_id DESC
      LIMIT @page_size) page
     CROSS JOIN LATERAL (SELECT * FROM listed_conversations l WHERE l.viewer_id = page.user_id AND l.id = page.conversation_id LIMIT 1) v
ORDER BY v.last_message_at DESC, v.id DESC;

-- name: ConversationList :many
-- A member's conversations as their list has them: pinned ones first, then the
-- most recently active, those that pass the filters. What a filter needs to know
-- is looked up only when it is on.
SELECT v.*
FROM (SELECT me.user_id, me.conversation_id
      FROM members me
           CROSS JOIN LATERAL (SELECT h.last_message_at FROM conversation_heads h WHERE h.conversation_id = me.conversation_id LIMIT 1) head
      WHERE me.user_id = @viewer
        AND (sqlc.narg(after_at)::timestamptz IS NULL
             OR (me.pinned, head.last_message_at, me.conversation_id)
                < (sqlc.narg(after_pinned)::boolean, sqlc.narg(after_at)::timestamptz, sqlc.narg(after_id)::uuid))
        AND (me.archived
             AND (SELECT s.put_away FROM conversation_standings s WHERE s.viewer_id = me.user_id AND s.id = me.conversation_id)) = @archived::boolean
        AND (NOT @unread::boolean
             OR (SELECT s.unread_count FROM conversation_standings s WHERE s.viewer_id = me.user_id AND s.id = me.conversation_id) > 0)
        AND (sqlc.narg(kind)::text IS NULL
             OR (SELECT c.kind FROM conversations c WHERE c.id = me.conversation_id) = sqlc.narg(kind)::text)
        AND (NOT @searching::boolean
             OR me.conversation_id = ANY(@found::uuid[])
             OR (SELECT lower(p.username) LIKE @username_pattern::text
                        OR (@name_query::text = ''
                            OR to_tsvector('simple', concat_ws(' ', c.name, c.description, p.username, p.display_name)) @@ to_tsquery('simple', @name_query::text))
                           AND concat_ws(' ', c.name, c.description, p.display_name) ILIKE ALL (@parts::text[])
                 FROM conversations c
                      LEFT JOIN users p ON p.id = CASE c.direct_low WHEN me.user_id THEN c.direct_high ELSE c.direct_low END
                 WHERE c.id = me.conversation_id))
      ORDER BY me.pinned DESC, head.last_message_at DESC, me.conversation_id DESC
      LIMIT @page_size) page
     CROSS JOIN LATERAL (SELECT * FROM listed_conversations l WHERE l.viewer_id = page.user_id AND l.id = page.conversation_id LIMIT 1) v
ORDER BY v.pinned DESC, v.last_message_at DESC, v.id DESC;

-- name: GroupsByMember :many
-- Those of a viewer's groups that somebody is in whom a text finds. Of a text that
-- finds very many people only the first of them are looked for.
WITH people AS MATERIALIZED (
    SELECT u.id FROM users u
    WHERE (lower(u.username) LIKE @username_pattern::text
           OR to_tsvector('simple', u.display_name) @@ to_tsquery('simple', @name_query::text))
      AND u.deleted_at IS NULL AND u.id <> @viewer
    ORDER BY lower(u.username)
    LIMIT @most
)
SELECT DISTINCT m.conversation_id
FROM people p
     JOIN members m ON m.user_id = p.id
     JOIN members me ON me.conversation_id = m.conversation_id AND me.user_id = @viewer
     CROSS JOIN LATERAL (SELECT x.kind FROM conversations x WHERE x.id = m.conversation_id LIMIT 1) c
WHERE c.kind = 'group';

-- name: ConversationViewsByID :many
-- Those of the given conversations that the viewer is a member of.
SELECT v.*
FROM unnest(@conversation_ids::uuid[]) AS wanted (id)
     CROSS JOIN LATERAL (SELECT * FROM listed_conversations l WHERE l.viewer_id = @viewer AND l.id = wanted.id LIMIT 1) v;
