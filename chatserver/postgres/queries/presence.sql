-- name: SaveLastSeen :exec
-- Forward only. The rows come sorted, which keeps two nodes from waiting for
-- each other; who has no account any more is passed over.
INSERT INTO last_seen (user_id, seen_at)
SELECT i.user_id, i.seen_at
FROM (SELECT unnest(@user_ids::uuid[]) AS user_id, unnest(@seen_ats::timestamptz[]) AS seen_at) i
     JOIN users u ON u.id = i.user_id AND u.deleted_at IS NULL
ORDER BY i.user_id
ON CONFLICT (user_id) DO UPDATE SET seen_at = greatest(last_seen.seen_at, EXCLUDED.seen_at)
WHERE EXCLUDED.seen_at > last_seen.seen_at;

-- name: DeleteLastSeen :exec
DELETE FROM last_seen WHERE user_id = @user_id;

-- name: VisiblePresence :many
-- Those of the pairs in which the viewer may see the presence of the other:
-- they share a conversation, and the other has not blocked them.
SELECT pair.viewer_id::uuid AS viewer_id, pair.user_id::uuid AS user_id,
       (viewer.last_seen AND u.last_seen)::boolean AS shares_last_seen, s.seen_at
FROM (SELECT unnest(@viewer_ids::uuid[]) AS viewer_id, unnest(@user_ids::uuid[]) AS user_id) pair
     JOIN users viewer ON viewer.id = pair.viewer_id
     JOIN users u ON u.id = pair.user_id AND u.deleted_at IS NULL
     LEFT JOIN last_seen s ON s.user_id = pair.user_id
WHERE pair.viewer_id = pair.user_id
   OR EXISTS (
       SELECT FROM members mine JOIN members theirs ON theirs.conversation_id = mine.conversation_id
       WHERE mine.user_id = pair.viewer_id AND theirs.user_id = pair.user_id)
      AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = pair.user_id AND b.blocked_id = pair.viewer_id);

-- name: MembersOf :many
-- The members of several conversations, of each at most as many as asked for.
SELECT c.conversation_id::uuid AS conversation_id, m.user_id
FROM (SELECT unnest(@conversation_ids::uuid[]) AS conversation_id) c
     CROSS JOIN LATERAL (SELECT x.user_id FROM members x WHERE x.conversation_id = c.conversation_id LIMIT @max_members) m;

-- name: PlacesOf :many
-- From where on people see conversations, how far they have received them, and
-- where these stand.
SELECT m.user_id, m.conversation_id, m.joined_seq, m.delivered_seq, h.last_seq
FROM (SELECT unnest(@user_ids::uuid[]) AS user_id, unnest(@conversation_ids::uuid[]) AS conversation_id) asked
     JOIN members m ON m.conversation_id = asked.conversation_id AND m.user_id = asked.user_id
     CROSS JOIN LATERAL (SELECT x.last_seq FROM conversation_heads x WHERE x.conversation_id = m.conversation_id LIMIT 1) h;
