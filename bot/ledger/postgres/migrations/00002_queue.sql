-- +goose Up

-- What a replica of the version before is writing is waited for, and is then in what is copied.
LOCK TABLE requests IN ACCESS EXCLUSIVE MODE;

-- Everything that has to be done at some time, one row for each kind of work and key. For a
-- request the key is its id. A claim (worker, leased) is no fact; the cursor is one.
CREATE TABLE queue (
    kind   text NOT NULL,
    key    text NOT NULL,
    due_at timestamptz,                       -- when a worker looks again
    worker text NOT NULL DEFAULT '',
    leased timestamptz NOT NULL DEFAULT '-infinity',
    events integer NOT NULL DEFAULT 0,        -- an audience: how many the request has
    cursor bigint NOT NULL DEFAULT 0,         -- and of how many it was told
    PRIMARY KEY (kind, key)
);

INSERT INTO queue (kind, key, due_at, worker, leased)
    SELECT 'step', id, due_at, worker, leased FROM requests WHERE due_at IS NOT NULL;
INSERT INTO queue (kind, key, due_at, worker, leased, events, cursor)
    SELECT 'thread', id, tell_at, teller, tell_leased, events, told FROM requests;

CREATE INDEX queue_due ON queue (kind, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX queue_claimed ON queue (worker) WHERE worker <> '';

ALTER TABLE requests
    DROP COLUMN due_at,
    DROP COLUMN worker,
    DROP COLUMN leased,
    DROP COLUMN told,
    DROP COLUMN tell_at,
    DROP COLUMN teller,
    DROP COLUMN tell_leased;
