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

// One chain holds the events of all requests in the order in which they were written
// down. Each link's hash is over the hash before it, its number and its bytes, so that
// nobody can change, drop, add or move an event without changing every hash after it.
// What people wrote and what machines and users are called lies beside the chain, which
// holds salted digests of it: it can be erased, and the chain still agrees.

// Digest is a SHA-256 sum.
type Digest [sha256.Size]byte

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Short is what people are shown of a digest: its first twelve hex digits.
func (d Digest) Short() string { return d.String()[:12] }

// Head is the end of the chain. The zero Head is that of an empty ledger.
type Head struct {
	Count int64  // how many events there are
	Hash  Digest // of the last of them
}

// DigestOf reads a digest as it is stored; what has not its length is none.
func DigestOf(b []byte) (d Digest) {
	if len(b) == len(d) {
		copy(d[:], b)
	}
	return d
}

// Link is an event as the chain keeps it.
type Link struct {
	Number  int64 // 1, 2, … over all events
	Request ID
	Seq     int
	At      time.Time
	Body    string // what is hashed, stored as it is
	Hash    Digest
	Texts   []Text
}

// Text is one text of an event. It is erased by deleting it, and the salt with it: the
// digest that stays tells nothing then, not even to who guesses.
type Text struct {
	Field string
	Salt  []byte
	Text  string
}

// The fields under which an event keeps texts.
const (
	TextWhy    = "why"    // what a person gave as a reason
	TextDetail = "detail" // a cause's
	TextTyped  = "typed"  // the machine, as it was typed
	TextName   = "name"   // of the Cloud PC
	TextDevice = "device" // name of its device
	TextUser   = "user"   // its user principal name
)

// Append adds an event behind h and moves h on.
func (h *Head) Append(e Event) (Link, error) {
	l := Link{Number: h.Count + 1, Request: e.Request, Seq: e.Seq, At: e.At}
	texts := maps.Clone(e.Texts)
	if e.Cause.Detail != "" {
		if texts == nil {
			texts = map[string]string{}
		}
		texts[TextDetail], e.Cause.Detail = e.Cause.Detail, ""
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

// Event is what the link holds, with those of its texts that were not erased.
func (l Link) Event() (Event, error) {
	e, _, err := decodeEvent(l.Body)
	if err != nil {
		return e, fmt.Errorf("ledger: decode event %d: %w", l.Number, err)
	}
	e.Number, e.Hash = l.Number, l.Hash
	for _, t := range l.Texts {
		if t.Field == TextDetail {
			e.Cause.Detail = t.Text
			continue
		}
		if e.Texts == nil {
			e.Texts = map[string]string{}
		}
		e.Texts[t.Field] = t.Text
	}
	return e, nil
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

// storable is a text in the form that every home can keep: PostgreSQL has no zero byte.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
