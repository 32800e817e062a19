-- +goose Up

-- What was done past the bot is an event of no request.
ALTER TABLE events ALTER COLUMN request DROP NOT NULL;

-- When each call was submitted.
CREATE INDEX events_submitted ON events (at) WHERE position('"kind":"submitted"' in body) > 0;

-- Which audit events of the tenant are events here, by their ids.
CREATE TABLE outside (
    id     text PRIMARY KEY,
    number bigint NOT NULL REFERENCES events (number)
);

-- Which part of the tenant's audit log was read; NULL before the first time.
CREATE TABLE watch (
    one   integer PRIMARY KEY CHECK (one = 1),
    began timestamptz,
    until timestamptz
);
INSERT INTO watch (one) VALUES (1);
