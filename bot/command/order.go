package command

import (
	"strings"

	"github.com/google/uuid"
)

// Verb is what an order asks for.
type Verb string

// The zero Verb is none of these: the zero Order must not read as a wipe.
const (
	Reprovision Verb = "reprovision" // never typed: the machine takes the place of a verb
	Form        Verb = "form"        // never typed: no machine was named, so a form asks for it
	Help        Verb = "help"
	Status      Verb = "status" // of one request, of a machine's requests, or of all
	List        Verb = "list"
	History     Verb = "history" // of one machine, or of all
	Cancel      Verb = "cancel"
	Mine        Verb = "mine" // a machine of one's own, by one's own sign-in
	Freeze      Verb = "freeze"
	Unfreeze    Verb = "unfreeze"
)

// OS is the operating system to install, in Graph's values; empty leaves the choice to Graph.
type OS string

const (
	Windows10 OS = "windows10"
	Windows11 OS = "windows11"
)

// Account is the role of the machine's user on it, in Graph's values; empty leaves the
// choice to Graph.
type Account string

const (
	StandardUser  Account = "standardUser"
	Administrator Account = "administrator"
)

// Limits in runes, counted after Slack's wrapping is undone. Slack delivers far longer
// texts; a longer command is one that nobody proofread before sending.
const (
	MaxText   = 500 // also the limit for the order as String writes it
	MaxReason = 300
)

// Order is a parsed command. Reprovision has a PC and may have OS, Account, Reason and Silent; Form may
// have these without a PC; Cancel has a Request; Status may have a Request or a PC, and History a
// PC; Freeze may have a Reason.
type Order struct {
	Verb    Verb
	PC      string // a GUID in lower case; else a name or a user principal name as typed (case kept), or @ada
	OS      OS
	Account Account
	Reason  string // one line for people, at most MaxReason runes
	Request string // an id in the ledger's form, R-7K3F; the request need not exist
	Person  string // the Slack user id behind @ada, where the machine was given by mentioning its user
	Silent  bool   // notify=no: the machine's user is told nothing
}

// ByID reports whether PC is a Cloud PC's id rather than its name.
func (o Order) ByID() bool {
	_, ok := guid(o.PC)
	return ok
}

// guid parses a GUID in its usual form, 8-4-4-4-12, with or without braces. uuid.Parse alone
// would also accept 32 bare hex digits, which may well be a name.
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
// people type. If the order came from Parse, Parse reads the text back to an equal order.
func (o Order) String() string {
	text := escapes.Replace(o.written())
	if o.Person != "" {
		text = strings.Replace(text, escapes.Replace(o.PC), "<@"+o.Person+"|"+strings.TrimPrefix(o.PC, "@")+">", 1)
	}
	return text
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func (o Order) written() string {
	var b strings.Builder
	if o.Verb != Reprovision && o.Verb != Form {
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
	if o.Verb == Reprovision {
		o.writePC(&b)
	}
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
	if o.Silent {
		b.WriteString(" notify=no")
	}
	return strings.TrimPrefix(b.String(), " ")
}

// quoted is the machine in quotes, for an order with nothing else.
func (o Order) quoted() string {
	var b strings.Builder
	quoteTo(&b, o.PC)
	return b.String()
}

func (o Order) writePC(b *strings.Builder) {
	if _, id := requestID(o.PC); o.Person != "" || bare(o.PC) && !(o.Verb == Status && id) {
		b.WriteString(o.PC)
		return
	}
	quoteTo(b, o.PC)
}

// bare reports whether a name means itself without quotes.
func bare(name string) bool {
	if name == "" || strings.ContainsAny(name, " =") || verbOf(name) != nil || hintOf(name) != nil {
		return false
	}
	return quoteKind([]rune(name)[0]) == 0 && strings.Trim(name, marks) == name
}

// quoteTo writes s in quotes, doubling each double quote in it, straight or typographic.
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
