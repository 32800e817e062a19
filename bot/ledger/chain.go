package ledger

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// One chain holds the events of all requests in the order in which they were stored. Each
// link's hash covers the previous hash, the link's number and its body, so nobody can change,
// drop, insert or move an event without changing every hash after it. What people wrote and
// the names of machines and users are stored beside the chain, which holds only salted digests
// of them: a text can be erased and the chain still verifies.
//
// Why a hash chain and not a signed log: an intruder who writes to the database from the bot's
// own host could read the signing key there too, and a signature does not show that the end of
// the log was cut off. The chain needs no secret to store and rotate. A rewritten chain is
// revealed by its receipts, which the bot posts to Slack, out of reach of the database.

// Digest is a SHA-256 sum.
type Digest [sha256.Size]byte

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Short is the part of a digest that people are shown: its first 12 hex digits (48 bits).
func (d Digest) Short() string { return d.String()[:12] }

// Head is the end of the chain. The zero Head is the head of an empty ledger.
type Head struct {
	Count int64  // number of events
	Hash  Digest // hash of the last event
}

// DigestOf converts stored bytes to a Digest. Bytes of any other length yield the zero Digest,
// which is no link's hash.
func DigestOf(b []byte) (d Digest) {
	if len(b) == len(d) {
		copy(d[:], b)
	}
	return d
}

// Link is an event as the chain stores it.
type Link struct {
	Number  int64 // 1, 2, … across all requests
	Request ID    // empty: what was done past this bot
	Seq     int   // 1, 2, … within the request, or among the events of none
	At      time.Time
	Body    string // the hashed JSON, stored byte for byte
	Hash    Digest
	Texts   []Text // those that have not been erased
}

// Text is one text of an event. Deleting its row erases the text together with its salt, so
// the digest that stays in the chain cannot be used to test a guess.
type Text struct {
	Field string
	Salt  []byte
	Text  string
}

// The fields under which an event stores texts.
const (
	TextWhy    = "why"    // the reason that a person gave
	TextDetail = "detail" // Cause.Detail
	TextReason = "reason" // Cause.Reason; events of earlier versions have it in their body
	TextTyped  = "typed"  // the machine, as the requester typed it
	TextName   = "name"   // name of the Cloud PC
	TextDevice = "device" // name of its device
	TextUser   = "user"   // its user principal name
	TextActor  = "actor"  // who erased a machine past this bot, as Graph names them
)

// Append makes an event the next link after h and advances h to it. Every text gets a fresh
// random salt; empty texts are left out. On an error h is unchanged.
func (h *Head) Append(e Event) (Link, error) {
	l := Link{Number: h.Count + 1, Request: e.Request, Seq: e.Seq, At: e.At}
	texts := maps.Clone(e.Texts)
	if texts == nil {
		texts = map[string]string{}
	}
	if e.Cause.Detail != "" {
		texts[TextDetail], e.Cause.Detail = e.Cause.Detail, ""
	}
	if e.Cause.Reason != "" {
		texts[TextReason], e.Cause.Reason = e.Cause.Reason, ""
	}
	var digests map[string]string
	for _, field := range slices.Sorted(maps.Keys(texts)) {
		t := Text{Field: field, Salt: make([]byte, 16), Text: storable(texts[field])}
		if t.Text == "" {
			continue
		}
		_, _ = rand.Read(t.Salt) // never fails
		if digests == nil {
			digests = map[string]string{}
		}
		digests[field] = t.digest()
		l.Texts = append(l.Texts, t)
	}
	var err error
	if l.Body, err = encodeEvent(e, digests); err != nil {
		return l, err
	}
	l.Hash = hash(h.Hash, l.Number, l.Body)
	*h = Head{l.Number, l.Hash}
	return l, nil
}

// Event decodes the link, including those of its texts that were not erased.
func (l Link) Event() (Event, error) {
	e, _, err := decodeEvent(l.Body)
	if err != nil {
		return e, fmt.Errorf("ledger: decode event %d: %w", l.Number, err)
	}
	e.Number, e.Hash = l.Number, l.Hash
	for _, t := range l.Texts {
		switch t.Field {
		case TextDetail:
			e.Cause.Detail = t.Text
			continue
		case TextReason:
			e.Cause.Reason = t.Text
			continue
		}
		if e.Texts == nil {
			e.Texts = map[string]string{}
		}
		e.Texts[t.Field] = t.Text
	}
	return e, nil
}

// Erased are the fields of the link's texts that were erased, sorted.
func (l Link) Erased() (fields []string, err error) {
	_, digests, err := decodeEvent(l.Body)
	if err != nil {
		return nil, fmt.Errorf("ledger: decode event %d: %w", l.Number, err)
	}
	for _, t := range l.Texts {
		delete(digests, t.Field)
	}
	return slices.Sorted(maps.Keys(digests)), nil
}

func hash(before Digest, number int64, body string) (d Digest) {
	h := sha256.New()
	h.Write(before[:])
	_ = binary.Write(h, binary.BigEndian, number) // to a hash: never fails
	h.Write([]byte(body))
	h.Sum(d[:0])
	return d
}

func (t Text) digest() string {
	m := hmac.New(sha256.New, t.Salt)
	m.Write([]byte(t.Text))
	return hex.EncodeToString(m.Sum(nil))
}

// storable converts a text to a form that every store can hold: valid UTF-8 without zero bytes,
// which PostgreSQL's text type rejects (www.postgresql.org/docs/current/datatype-character.html).
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
