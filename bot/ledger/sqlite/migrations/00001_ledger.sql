-- +goose Up

-- Times are microseconds since 1970, by the ledger's clock. What is searched for
-- is a column; the rest of a request is its body.
CREATE TABLE requests (
    id        TEXT PRIMARY KEY,
    version   INTEGER NOT NULL,
    state     TEXT NOT NULL,
    live      INTEGER NOT NULL,          -- 1 until an end
    target    TEXT,                      -- cloudPC.id, once it is known
    requester TEXT NOT NULL,             -- organisation/user
    asked_at  INTEGER NOT NULL,
    body      TEXT NOT NULL,
    cause     TEXT NOT NULL DEFAULT '',  -- why it waits
    card      TEXT,                      -- channel/ts, once it stands

    due_at    INTEGER,                   -- when a worker looks again
    worker    TEXT NOT NULL DEFAULT '',
    leased    INTEGER NOT NULL DEFAULT 0,

    events    INTEGER NOT NULL,          -- how many there are
    told      INTEGER NOT NULL DEFAULT 0,
    tell_at   INTEGER,                   -- when telling goes on
    teller    TEXT NOT NULL DEFAULT '',
    tell_leased INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE UNIQUE INDEX one_live_request_per_target ON requests (target) WHERE live = 1 AND target IS NOT NULL;
CREATE INDEX requests_due ON requests (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX requests_to_tell ON requests (tell_at) WHERE tell_at IS NOT NULL;
CREATE INDEX requests_in_hand ON requests (worker) WHERE worker <> '';
CREATE INDEX requests_in_telling ON requests (teller) WHERE teller <> '';
CREATE INDEX requests_by_age ON requests (asked_at DESC, id);
CREATE INDEX requests_live ON requests (asked_at) WHERE live = 1;
CREATE INDEX requests_by_requester ON requests (requester, asked_at);
CREATE INDEX requests_by_target ON requests (target, asked_at);
CREATE INDEX requests_by_card ON requests (card) WHERE card IS NOT NULL;

-- The names under which a machine was ever seen here, in lower case; target is its cloudPC.id.
-- What was typed for a request that has no machine has that request's id for a target.
CREATE TABLE machines (
    name   TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (name, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX machines_by_target ON machines (target);

-- One chain of all events. The body is what was hashed, byte for byte.
CREATE TABLE events (
    number  INTEGER PRIMARY KEY,
    request TEXT NOT NULL REFERENCES requests (id),
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT NOT NULL,
    hash    BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_of_request ON events (request, seq);

-- Where the chain ends: the one row that every append locks.
CREATE TABLE chain (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    count INTEGER NOT NULL,
    hash  BLOB NOT NULL
) STRICT;
INSERT INTO chain (one, count, hash) VALUES (1, 0, zeroblob(32));

-- What people wrote and what machines are called. Events know it by salted digests, so a
-- row can be deleted: that erases the text for good and leaves the chain whole.
CREATE TABLE texts (
    number INTEGER NOT NULL REFERENCES events (number),
    field  TEXT NOT NULL,
    salt   BLOB NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (number, field)
) STRICT, WITHOUT ROWID;

-- What tells a gesture from its redelivery, kept for a day.
CREATE TABLE gestures (
    mark    TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX gestures_at ON gestures (at);

-- The one row that every submission locks.
CREATE TABLE brakes (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    frozen INTEGER NOT NULL DEFAULT 0,
    org    TEXT NOT NULL DEFAULT '',
    person TEXT NOT NULL DEFAULT '',
    why    TEXT NOT NULL DEFAULT '',
    at     INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO brakes (one) VALUES (1);

-- Who stands behind which submission, for the budget of an hour. The empty person is everybody.
CREATE TABLE submissions (
    request TEXT NOT NULL,
    person  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (request, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX submissions_by_person ON submissions (person, at);

-- Which processes share the ledger, and how many sockets each holds to Slack.
CREATE TABLE workers (
    name    TEXT PRIMARY KEY,
    sockets INTEGER NOT NULL,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE workers;
DROP TABLE texts;
DROP TABLE chain;
DROP TABLE submissions;
DROP TABLE brakes;
DROP TABLE gestures;
DROP TABLE events;
DROP TABLE machines;
DROP TABLE requests;
