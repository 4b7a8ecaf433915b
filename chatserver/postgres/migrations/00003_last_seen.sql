-- +goose Up

-- When people were last connected: apart from users, since it changes all the
-- time; never indexed, and with room on its page, so that updates stay HOT.
CREATE TABLE last_seen (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    seen_at timestamptz(3) NOT NULL
) WITH (fillfactor = 70);

-- +goose Down
DROP TABLE last_seen;
