-- name: NoteAudit :exec
-- (Times come from the caller, for what is written a while after it happened.)
INSERT INTO audit_log (at, actor_id, action, target, ip, detail)
VALUES (coalesce(sqlc.narg(at)::timestamptz, clock_timestamp()), sqlc.narg(actor_id), @action, sqlc.narg(target), sqlc.narg(ip), @detail);

-- name: PruneAudit :execrows
-- A piece at a time, so that no statement is long.
DELETE FROM audit_log
WHERE id IN (SELECT a.id FROM audit_log a WHERE a.at < now() - make_interval(secs => @kept_seconds) LIMIT @piece);
