-- name: CreateSession :execrows
-- Only for an account that is there and still has the password that was checked:
-- whoever changes it or goes meanwhile is waited for.
INSERT INTO sessions (id, user_id, device_name, refresh_hash, expires_at)
SELECT @id, u.id, @device_name, @refresh_hash, now() + make_interval(secs => @ttl_seconds)
FROM users u
WHERE u.id = @user_id AND u.password_hash = @password_hash AND u.deleted_at IS NULL
FOR SHARE;

-- name: SessionForRefresh :one
-- A session as its refresh token's holder meets it.
SELECT user_id, refresh_hash,
       (now() - rotated_at < make_interval(secs => @grace_seconds))::boolean AS in_grace,
       (expires_at <= now())::boolean AS expired,
       (revoked_at IS NOT NULL)::boolean AS revoked
FROM sessions WHERE id = @id;

-- name: RotateSession :execrows
UPDATE sessions
SET refresh_hash = @next_hash, rotated_at = now(),
    expires_at = now() + make_interval(secs => @ttl_seconds)
WHERE id = @id AND refresh_hash = @current_hash AND revoked_at IS NULL AND expires_at > now();

-- name: NameSessions :exec
UPDATE sessions s SET device_name = n.device_name
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@user_ids::uuid[]) AS user_id, unnest(@device_names::text[]) AS device_name) n
WHERE s.id = n.id AND s.user_id = n.user_id AND s.device_name <> n.device_name AND s.revoked_at IS NULL;

-- name: RevokeSession :execrows
UPDATE sessions SET revoked_at = now()
WHERE id = @id AND user_id = @user_id AND revoked_at IS NULL AND expires_at > now();

-- name: RevokeOtherSessions :exec
UPDATE sessions SET revoked_at = now() WHERE user_id = @user_id AND id <> @kept AND revoked_at IS NULL;

-- name: DeleteSessions :exec
DELETE FROM sessions WHERE user_id = @user_id;

-- name: Sessions :many
-- The sessions that may be used, the latest sign-in first: their ids begin with its time.
SELECT id, device_name, created_at, rotated_at, expires_at
FROM sessions
WHERE user_id = @user_id AND revoked_at IS NULL AND expires_at > now() AND id < @before
ORDER BY id DESC
LIMIT @page_size;

-- name: EndedSessions :many
-- Which of some people's sessions may not be used any longer. (A session that
-- is gone from the table ended long ago, or with its account.)
SELECT i.user_id::uuid AS user_id, i.id::uuid AS id, (u.deleted_at IS NOT NULL)::boolean AS account_deleted
FROM (SELECT unnest(@user_ids::uuid[]) AS user_id, unnest(@ids::uuid[]) AS id) i
     LEFT JOIN users u ON u.id = i.user_id
     LEFT JOIN sessions s ON s.id = i.id AND s.user_id = i.user_id AND s.revoked_at IS NULL AND s.expires_at > now()
WHERE s.id IS NULL OR u.deleted_at IS NOT NULL;

-- name: PruneSessions :execrows
-- A piece at a time, so that no statement is long.
DELETE FROM sessions
WHERE id IN (SELECT s.id FROM sessions s
             WHERE least(s.expires_at, s.revoked_at) < now() - make_interval(secs => @kept_seconds)
             LIMIT @piece);
