-- +goose Up

-- The worker that alone may claim a job; empty = any. The steps of a request wait for the process that
-- has its requester's sign-in.
ALTER TABLE queue ADD COLUMN holder TEXT NOT NULL DEFAULT '';
CREATE INDEX queue_held ON queue (holder) WHERE holder <> '';
