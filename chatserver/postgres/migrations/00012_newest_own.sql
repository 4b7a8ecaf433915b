-- +goose Up

-- As before, but the viewer's own last message is looked for from the newest one
-- on, so that the search ends where it is found.
CREATE OR REPLACE VIEW conversation_standings AS
SELECT me.user_id AS viewer_id, me.conversation_id AS id,
       (h.last_seq - seen.seq - notices.n)::bigint AS unread_count,
       coalesce(unread.seq, 0)::bigint AS first_unread_seq,
       (me.archived
           AND (me.muted_until > now() IS TRUE OR me.notifications = 'none'
                OR me.notifications = 'mentions'
                   AND NOT EXISTS (SELECT FROM mentions x
                                   WHERE x.conversation_id = me.conversation_id AND x.seq > me.archived_seq
                                     AND x.user_id IN (me.user_id, '00000000-0000-0000-0000-000000000000'))
                OR NOT EXISTS (SELECT FROM messages m
                               WHERE m.conversation_id = me.conversation_id AND m.seq > me.archived_seq AND m.sender_id IS NOT NULL)))::boolean AS put_away,
       coalesce(called.n, 0)::bigint AS unread_mentions,
       coalesce(called.seq, 0)::bigint AS first_unread_mention_seq
FROM members me
     JOIN conversation_heads h ON h.conversation_id = me.conversation_id
     LEFT JOIN LATERAL (
         SELECT newest.seq
         FROM (SELECT m.seq, m.sender_id FROM messages m
               WHERE m.conversation_id = me.conversation_id AND m.seq > greatest(me.read_seq, h.last_seq - 200)
               ORDER BY m.seq DESC
               LIMIT 200) newest
         WHERE newest.sender_id = me.user_id
         LIMIT 1
     ) own ON me.read_seq < h.last_seq
     CROSS JOIN LATERAL (SELECT greatest(me.read_seq, me.joined_seq, own.seq) AS seq) seen
     CROSS JOIN LATERAL (
         SELECT count(*) AS n FROM messages m
         WHERE m.conversation_id = me.conversation_id AND m.seq > seen.seq AND m.sender_id IS NULL AND seen.seq < h.last_seq
     ) notices
     LEFT JOIN LATERAL (
         SELECT m.seq FROM messages m
         WHERE m.conversation_id = me.conversation_id AND m.seq > seen.seq AND m.sender_id IS NOT NULL
         ORDER BY m.seq
         LIMIT 1
     ) unread ON seen.seq < h.last_seq
     LEFT JOIN LATERAL (
         SELECT count(DISTINCT x.seq) AS n, min(x.seq) AS seq FROM mentions x
         WHERE x.conversation_id = me.conversation_id AND x.seq > seen.seq
           AND x.user_id IN (me.user_id, '00000000-0000-0000-0000-000000000000')
     ) called ON seen.seq < h.last_seq;

-- +goose Down
CREATE OR REPLACE VIEW conversation_standings AS
SELECT me.user_id AS viewer_id, me.conversation_id AS id,
       (h.last_seq - seen.seq - notices.n)::bigint AS unread_count,
       coalesce(unread.seq, 0)::bigint AS first_unread_seq,
       (me.archived
           AND (me.muted_until > now() IS TRUE OR me.notifications = 'none'
                OR me.notifications = 'mentions'
                   AND NOT EXISTS (SELECT FROM mentions x
                                   WHERE x.conversation_id = me.conversation_id AND x.seq > me.archived_seq
                                     AND x.user_id IN (me.user_id, '00000000-0000-0000-0000-000000000000'))
                OR NOT EXISTS (SELECT FROM messages m
                               WHERE m.conversation_id = me.conversation_id AND m.seq > me.archived_seq AND m.sender_id IS NOT NULL)))::boolean AS put_away,
       coalesce(called.n, 0)::bigint AS unread_mentions,
       coalesce(called.seq, 0)::bigint AS first_unread_mention_seq
FROM members me
     JOIN conversation_heads h ON h.conversation_id = me.conversation_id
     LEFT JOIN LATERAL (
         SELECT newest.seq
         FROM (SELECT m.seq, m.sender_id FROM messages m
               WHERE m.conversation_id = me.conversation_id AND m.seq > greatest(me.read_seq, h.last_seq - 200)
               LIMIT 200) newest
         WHERE newest.sender_id = me.user_id
         ORDER BY newest.seq DESC
         LIMIT 1
     ) own ON me.read_seq < h.last_seq
     CROSS JOIN LATERAL (SELECT greatest(me.read_seq, me.joined_seq, own.seq) AS seq) seen
     CROSS JOIN LATERAL (
         SELECT count(*) AS n FROM messages m
         WHERE m.conversation_id = me.conversation_id AND m.seq > seen.seq AND m.sender_id IS NULL AND seen.seq < h.last_seq
     ) notices
     LEFT JOIN LATERAL (
         SELECT m.seq FROM messages m
         WHERE m.conversation_id = me.conversation_id AND m.seq > seen.seq AND m.sender_id IS NOT NULL
         ORDER BY m.seq
         LIMIT 1
     ) unread ON seen.seq < h.last_seq
     LEFT JOIN LATERAL (
         SELECT count(DISTINCT x.seq) AS n, min(x.seq) AS seq FROM mentions x
         WHERE x.conversation_id = me.conversation_id AND x.seq > seen.seq
           AND x.user_id IN (me.user_id, '00000000-0000-0000-0000-000000000000')
     ) called ON seen.seq < h.last_seq;
