-- What everyone asks who connects, for many at once: see gathered.go.

-- name: SessionsActive :many
-- Those of the sessions that may still be used.
SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id = ANY(@ids::uuid[]) AND s.revoked_at IS NULL AND s.expires_at > now() AND u.deleted_at IS NULL;

-- name: PrivacyOf :many
SELECT id, read_receipts, typing, last_seen FROM users WHERE id = ANY(@ids::uuid[]);

-- name: MembershipsOf :many
-- The conversations of some people, from where on they see them, and where these stand.
SELECT m.user_id, m.conversation_id, m.joined_seq, h.last_seq
FROM members m
     CROSS JOIN LATERAL (SELECT x.last_seq FROM conversation_heads x WHERE x.conversation_id = m.conversation_id LIMIT 1) h
WHERE m.user_id = ANY(@user_ids::uuid[]);

-- name: FirstConversationViews :many
-- The beginning of each viewer's list.
SELECT v.*
FROM unnest(@viewers::uuid[]) AS viewer (id)
     CROSS JOIN LATERAL (
         SELECT me.user_id, me.conversation_id
         FROM members me
              CROSS JOIN LATERAL (SELECT h.last_message_at FROM conversation_heads h WHERE h.conversation_id = me.conversation_id LIMIT 1) head
         WHERE me.user_id = viewer.id
         ORDER BY head.last_message_at DESC, me.conversation_id DESC
         LIMIT @page_size
     ) page
     CROSS JOIN LATERAL (SELECT * FROM listed_conversations l WHERE l.viewer_id = page.user_id AND l.id = page.conversation_id LIMIT 1) v
ORDER BY v.viewer_id, v.last_message_at DESC, v.id DESC;
