-- +goose Up

-- Times are by the database's clock. What is searched for is a column; the rest of a
-- request is its body.
CREATE TABLE requests (
    id        text PRIMARY KEY,
    version   bigint NOT NULL,
    state     text NOT NULL,
    live      boolean NOT NULL,          -- until an end
    target    text,                      -- cloudPC.id, once it is known
    requester text NOT NULL,             -- organisation/user
    asked_at  timestamptz NOT NULL,
    body      text NOT NULL,             -- not jsonb, which can not keep every text
    cause     text NOT NULL DEFAULT '',  -- why it waits
    card      text,                      -- channel/ts, once it stands

    due_at    timestamptz,               -- when a worker looks again
    worker    text NOT NULL DEFAULT '',
    leased    timestamptz NOT NULL DEFAULT '-infinity',

    events    integer NOT NULL,          -- how many there are
    told      integer NOT NULL DEFAULT 0,
    tell_at   timestamptz,               -- when telling goes on
    teller    text NOT NULL DEFAULT '',
    tell_leased timestamptz NOT NULL DEFAULT '-infinity'
);

CREATE UNIQUE INDEX one_live_request_per_target ON requests (target) WHERE live AND target IS NOT NULL;
CREATE INDEX requests_due ON requests (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX requests_to_tell ON requests (tell_at) WHERE tell_at IS NOT NULL;
CREATE INDEX requests_in_hand ON requests (worker) WHERE worker <> '';
CREATE INDEX requests_in_telling ON requests (teller) WHERE teller <> '';
CREATE INDEX requests_live ON requests (asked_at) WHERE live;
CREATE INDEX requests_by_age ON requests (asked_at DESC, id);
CREATE INDEX requests_by_requester ON requests (requester, asked_at);
CREATE INDEX requests_by_target ON requests (target, asked_at);
CREATE INDEX requests_by_card ON requests (card) WHERE card IS NOT NULL;

-- The names under which a machine was ever seen here, in lower case; target is its cloudPC.id.
-- What was typed for a request that has no machine has that request's id for a target.
CREATE TABLE machines (
    name   text NOT NULL,
    target text NOT NULL,
    PRIMARY KEY (name, target)
);
CREATE INDEX machines_by_target ON machines (target);

-- One chain of all events. The body is what was hashed, byte for byte.
CREATE TABLE events (
    number  bigint PRIMARY KEY,
    request text NOT NULL REFERENCES requests (id),
    seq     integer NOT NULL,
    at      timestamptz NOT NULL,
    body    text NOT NULL,
    hash    bytea NOT NULL
);
CREATE UNIQUE INDEX events_of_request ON events (request, seq);

-- Where the chain ends: the one row that every append locks.
CREATE TABLE chain (
    one   integer PRIMARY KEY CHECK (one = 1),
    count bigint NOT NULL,
    hash  bytea NOT NULL
);
INSERT INTO chain (one, count, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

-- What people wrote and what machines are called. Events know it by salted digests, so a
-- row can be deleted: that erases the text for good and leaves the chain whole.
CREATE TABLE texts (
    number bigint NOT NULL REFERENCES events (number),
    field  text NOT NULL,
    salt   bytea NOT NULL,
    text   text NOT NULL,
    PRIMARY KEY (number, field)
);

-- What tells a gesture from its redelivery, kept for a day.
CREATE TABLE gestures (
    mark    text PRIMARY KEY,
    request text NOT NULL,
    at      timestamptz NOT NULL
);
CREATE INDEX gestures_at ON gestures (at);

-- The one row that every submission locks.
CREATE TABLE brakes (
    one    integer PRIMARY KEY CHECK (one = 1),
    frozen boolean NOT NULL DEFAULT false,
    org    text NOT NULL DEFAULT '',
    person text NOT NULL DEFAULT '',
    why    text NOT NULL DEFAULT '',
    at     timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO brakes (one) VALUES (1);

-- Who stands behind which submission, for the budget of an hour. The empty person is everybody.
CREATE TABLE submissions (
    request text NOT NULL,
    person  text NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (request, person)
);
CREATE INDEX submissions_by_person ON submissions (person, at);

-- Which processes share the ledger, and how many sockets each holds to Slack.
CREATE TABLE workers (
    name    text PRIMARY KEY,
    sockets integer NOT NULL,
    until   timestamptz NOT NULL
);

-- +goose Down
DROP TABLE workers;
DROP TABLE submissions;
DROP TABLE brakes;
DROP TABLE gestures;
DROP TABLE texts;
DROP TABLE chain;
DROP TABLE events;
DROP TABLE machines;
DROP TABLE requests;
