-- +goose Up

-- Everything that has to be done at some time, one row for each kind of work and key. For a
-- request the key is its id. A claim (worker, leased) is no fact; the cursor is one.
CREATE TABLE queue (
    kind   TEXT NOT NULL,
    key    TEXT NOT NULL,
    due_at INTEGER,                     -- when a worker looks again
    worker TEXT NOT NULL DEFAULT '',
    leased INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0,  -- an audience: how many the request has
    cursor INTEGER NOT NULL DEFAULT 0,  -- and of how many it was told
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

INSERT INTO queue (kind, key, due_at, worker, leased)
    SELECT 'step', id, due_at, worker, leased FROM requests WHERE due_at IS NOT NULL;
INSERT INTO queue (kind, key, due_at, worker, leased, events, cursor)
    SELECT 'thread', id, tell_at, teller, tell_leased, events, told FROM requests;

CREATE INDEX queue_due ON queue (kind, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX queue_claimed ON queue (worker) WHERE worker <> '';

DROP INDEX requests_due;
DROP INDEX requests_to_tell;
DROP INDEX requests_in_hand;
DROP INDEX requests_in_telling;
ALTER TABLE requests DROP COLUMN due_at;
ALTER TABLE requests DROP COLUMN worker;
ALTER TABLE requests DROP COLUMN leased;
ALTER TABLE requests DROP COLUMN told;
ALTER TABLE requests DROP COLUMN tell_at;
ALTER TABLE requests DROP COLUMN teller;
ALTER TABLE requests DROP COLUMN tell_leased;
