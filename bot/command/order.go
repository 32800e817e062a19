package command

import (
	"strings"

	"github.com/google/uuid"
)

// Verb is what an order asks for.
type Verb string

// The zero Verb asks for nothing: an order that nobody typed must not read as a wipe.
const (
	Reprovision Verb = "reprovision" // never typed: a machine stands where a verb would
	Help        Verb = "help"
	Status      Verb = "status" // of one request, of a machine's, or of all
	List        Verb = "list"
	History     Verb = "history" // of one machine, or of all
	Cancel      Verb = "cancel"
	Freeze      Verb = "freeze"
	Unfreeze    Verb = "unfreeze"
)

// OS is the system to install, in Graph's own values; empty leaves the choice to Graph.
type OS string

const (
	Windows10 OS = "windows10"
	Windows11 OS = "windows11"
)

// Account is what the machine's user becomes on it, in Graph's own values; empty leaves
// the choice to Graph.
type Account string

const (
	StandardUser  Account = "standardUser"
	Administrator Account = "administrator"
)

// Limits in runes, counted after Slack's wrapping is undone. Slack delivers far longer
// texts; a command that does not fit these is not one that somebody read before sending.
const (
	MaxText   = 500 // also of the order written out, as by String
	MaxReason = 300
)

// Order is a command understood. Reprovision has a PC and may have all the rest but a
// Request; Cancel has a Request; Status may have a Request or a PC, and History a PC;
// Freeze may have a Reason.
type Order struct {
	Verb    Verb
	PC      string // a GUID in lower case, or a name as typed (case kept)
	OS      OS
	Account Account
	Reason  string // one line for the eyes, at most MaxReason runes
	Request string // an id in the ledger's form, R-7K3F; not that there is one
}

// ByID says that PC is a Cloud PC's id, not its name.
func (o Order) ByID() bool {
	_, ok := guid(o.PC)
	return ok
}

// guid reads a GUID in its usual dress, 8-4-4-4-12, in braces or not. uuid.Parse alone
// would also take 32 bare digits, which may well be a name.
func guid(s string) (string, bool) {
	if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") {
		s = s[1 : len(s)-1]
	}
	if len(s) != 36 {
		return "", false
	}
	id, err := uuid.Parse(s)
	return id.String(), err == nil
}

// String is the order as text for Slack: & < > are escaped as Slack escapes them in what
// people type. Parse reads it back to an equal order, if it came from Parse.
func (o Order) String() string { return escapes.Replace(o.written()) }

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func (o Order) written() string {
	var b strings.Builder
	if o.Verb != Reprovision {
		b.WriteString(string(o.Verb))
		if o.Request != "" {
			b.WriteString(" " + o.Request)
		}
		if o.PC != "" {
			b.WriteByte(' ')
			o.writePC(&b)
		}
		if o.Reason != "" {
			b.WriteByte(' ')
			quoteTo(&b, o.Reason)
		}
		return b.String()
	}
	o.writePC(&b)
	if o.OS != "" {
		b.WriteString(" os=" + string(o.OS))
	}
	if o.Account != "" {
		b.WriteString(" account=" + string(o.Account))
	}
	if o.Reason != "" {
		b.WriteString(" reason=")
		quoteTo(&b, o.Reason)
	}
	return b.String()
}

// quoted is the machine in quotes, where it is nothing else.
func (o Order) quoted() string {
	var b strings.Builder
	quoteTo(&b, o.PC)
	return b.String()
}

func (o Order) writePC(b *strings.Builder) {
	if _, id := requestID(o.PC); bare(o.PC) && !(o.Verb == Status && id) {
		b.WriteString(o.PC)
		return
	}
	quoteTo(b, o.PC)
}

// bare says that a name reads as itself without quotes.
func bare(name string) bool {
	if name == "" || strings.ContainsAny(name, " =") || verbOf(name) != nil || hintOf(name) != nil {
		return false
	}
	return quoteKind([]rune(name)[0]) == 0 && strings.Trim(name, marks) == name
}

// quoteTo writes s in quotes, with each double quote in it, straight or smart, twice.
func quoteTo(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		b.WriteRune(r)
		if quoteKind(r) == '"' {
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}
