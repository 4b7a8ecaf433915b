-- name: CreateUser :one
INSERT INTO users (id, username, email, display_name, password_hash)
VALUES (@id, @username, sqlc.narg(email), @display_name, @password_hash)
RETURNING created_at;

-- name: UserByID :one
SELECT * FROM users WHERE id = @id AND deleted_at IS NULL;

-- name: UserByUsername :one
SELECT * FROM users WHERE lower(username) = lower(@username::text) AND deleted_at IS NULL;

-- name: SearchUsers :many
-- People whose username, or a word of whose display name, begins with the query.
SELECT * FROM users
WHERE (lower(username) LIKE @username_pattern::text
       OR to_tsvector('simple', display_name) @@ to_tsquery('simple', @name_query::text))
  AND lower(username) > @after::text
  AND deleted_at IS NULL
ORDER BY lower(username)
LIMIT @page_size;
