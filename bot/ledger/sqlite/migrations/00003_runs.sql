-- +goose Up

-- The newest runs, of which the bot learns how long they take.
CREATE INDEX requests_succeeded ON requests (asked_at DESC, id) WHERE state = 'succeeded';
