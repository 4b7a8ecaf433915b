-- name: CreateSession :exec
INSERT INTO sessions (id, user_id, device_name, refresh_hash, expires_at)
VALUES (@id, @user_id, @device_name, @refresh_hash, now() + make_interval(secs => @ttl_seconds));

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

-- name: RevokeSession :execrows
UPDATE sessions SET revoked_at = now() WHERE id = @id AND revoked_at IS NULL;
