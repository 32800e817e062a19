-- +goose Up

-- What was done past the bot is an event of no request, so the column may be NULL; for that SQLite has to
-- write the table anew, and the one that refers to it (www.sqlite.org/lang_altertable.html#otheralter).
CREATE TABLE events_new (
    number  INTEGER PRIMARY KEY,
    request TEXT REFERENCES requests (id),
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT NOT NULL,
    hash    BLOB NOT NULL
) STRICT;
INSERT INTO events_new (number, request, seq, at, body, hash) SELECT number, request, seq, at, body, hash FROM events ORDER BY number;
CREATE TABLE texts_new (
    number INTEGER NOT NULL REFERENCES events_new (number),
    field  TEXT NOT NULL,
    salt   BLOB NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (number, field)
) STRICT, WITHOUT ROWID;
INSERT INTO texts_new (number, field, salt, text) SELECT number, field, salt, text FROM texts ORDER BY number, field;
DROP TABLE texts;
DROP TABLE events;
ALTER TABLE events_new RENAME TO events;
ALTER TABLE texts_new RENAME TO texts;
CREATE UNIQUE INDEX events_of_request ON events (request, seq);

-- When each call was submitted.
CREATE INDEX events_submitted ON events (at) WHERE instr(body, '"kind":"submitted"') > 0;

-- Which audit events of the tenant are events here, by their ids.
CREATE TABLE outside (
    id     TEXT PRIMARY KEY,
    number INTEGER NOT NULL REFERENCES events (number)
) STRICT, WITHOUT ROWID;

-- Which part of the tenant's audit log was read; NULL before the first time.
CREATE TABLE watch (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    began INTEGER,
    until INTEGER
) STRICT;
INSERT INTO watch (one) VALUES (1);
