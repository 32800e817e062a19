-- +goose Up

-- The newest runs, of which the bot learns how long they take.
CREATE INDEX requests_succeeded ON requests (asked_at DESC, id) WHERE state = 'succeeded';

-- What the hour has used of each budget.
CREATE INDEX submissions_at ON submissions (at);
