-- name: CreateUser :one
INSERT INTO users (id, username, email, display_name, password_hash)
VALUES (@id, @username, sqlc.narg(email), @display_name, @password_hash)
RETURNING created_at;

-- name: UsernameRetired :one
-- Whether an account of this name was deleted; see DeleteUser.
SELECT EXISTS (
    SELECT FROM users
    WHERE lower(username) = '~' || encode(sha256(convert_to(lower(@username::text), 'UTF8')), 'hex'));

-- name: UserByID :one
SELECT * FROM users WHERE id = @id AND deleted_at IS NULL;

-- name: Person :one
-- A person, also one who has gone.
SELECT * FROM users WHERE id = @id;

-- name: UserByUsername :one
SELECT * FROM users WHERE lower(username) = lower(@username::text) AND deleted_at IS NULL;

-- name: UserIDsByName :many
-- The people whom some names are, given in lower case.
SELECT id, lower(username) AS name FROM users WHERE lower(username) = ANY(@names::text[]) AND deleted_at IS NULL;

-- name: SearchUsers :many
-- People whose username, or a word of whose display name, begins with the query.
SELECT * FROM users
WHERE (lower(username) LIKE @username_pattern::text
       OR to_tsvector('simple', display_name) @@ to_tsquery('simple', @name_query::text))
  AND lower(username) > @after::text
  AND deleted_at IS NULL
ORDER BY lower(username)
LIMIT @page_size;

-- name: UpdateUser :one
-- What is NULL stays as it is; an empty email is none.
UPDATE users
SET display_name  = coalesce(sqlc.narg(display_name), display_name),
    avatar_url    = coalesce(sqlc.narg(avatar_url), avatar_url),
    email         = CASE WHEN sqlc.narg(email)::text IS NULL THEN email ELSE nullif(sqlc.narg(email), '') END,
    read_receipts = coalesce(sqlc.narg(read_receipts), read_receipts),
    typing        = coalesce(sqlc.narg(typing), typing),
    last_seen     = coalesce(sqlc.narg(last_seen), last_seen)
WHERE id = @id AND deleted_at IS NULL
RETURNING *;

-- name: ChangePassword :execrows
UPDATE users SET password_hash = @new_hash WHERE id = @id AND password_hash = @old_hash AND deleted_at IS NULL;

-- name: DeleteUser :execrows
-- Nothing of the person is left but the row itself and a hash of the name, which
-- keeps others from taking it. (A username has no ~, so nobody can be found by it.)
UPDATE users
SET username = '~' || encode(sha256(convert_to(lower(username), 'UTF8')), 'hex'),
    email = NULL, display_name = 'Deleted user', avatar_url = '', password_hash = '', deleted_at = now()
WHERE id = @id AND password_hash = @password_hash AND deleted_at IS NULL;

-- name: LockHeadsOf :many
-- Taken before a deletion commits: a message of the person's that is being
-- stored comes before it, and one that comes later finds the account gone.
SELECT h.conversation_id FROM conversation_heads h
WHERE h.conversation_id IN (SELECT m.conversation_id FROM members m WHERE m.user_id = @user_id)
ORDER BY h.conversation_id
FOR NO KEY UPDATE;

-- name: SilenceConversationsOf :exec
-- Who has gone writes nowhere, and in a direct conversation nobody is left to write to.
UPDATE members m SET may_write = false
FROM (SELECT x.conversation_id, c.kind FROM members x JOIN conversations c ON c.id = x.conversation_id WHERE x.user_id = @user_id) own
WHERE m.conversation_id = own.conversation_id AND (m.user_id = @user_id OR own.kind = 'direct');

-- name: DirectPeers :many
-- Those with whom a person has direct conversations, the most recently active first.
SELECT h.conversation_id, pm.user_id
FROM members me
     JOIN conversations c ON c.id = me.conversation_id AND c.kind = 'direct'
     JOIN conversation_heads h ON h.conversation_id = me.conversation_id
     JOIN members pm ON pm.conversation_id = me.conversation_id AND pm.user_id <> me.user_id
WHERE me.user_id = @user_id
ORDER BY h.last_message_at DESC, h.conversation_id DESC
LIMIT @page_size;
