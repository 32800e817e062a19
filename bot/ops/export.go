package ops

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/ledger"
)

// Exported is a line of an export: one event of the ledger. The names of its fields never change, and a
// field that is empty is left out. The tag help says what a field is; [ExportedFields] lists them.
type Exported struct {
	Type    string `json:"type" help:"event; the last line has end"`
	Number  int64  `json:"number" help:"number of the event in the chain: 1, 2, …"`
	Time    string `json:"time" help:"when it happened, UTC"`
	Request string `json:"request" help:"id of the request, as R-7K3F; none: it was done past this bot"`
	Seq     int    `json:"seq" help:"number of the event in its request: 1, 2, …"`
	Event   string `json:"event" help:"what happened: asked, approved, repelled, submitted, succeeded, …"`
	State   string `json:"state" help:"state of the request after it"`
	Failure string `json:"failure,omitempty" help:"in state failed: refused (nothing was erased), build, unfinished, unproven"`

	By           string   `json:"by,omitempty" help:"Slack id of who did it; none is the bot"`
	ByOrg        string   `json:"by_org,omitempty" help:"id of their organisation in Slack"`
	Requester    string   `json:"requester" help:"Slack id of who made the request"`
	RequesterOrg string   `json:"requester_org,omitempty" help:"id of their organisation in Slack"`
	Approvers    []string `json:"approvers,omitempty" help:"Slack ids of who had approved by then"`
	Owner        string   `json:"owner,omitempty" help:"Slack id of the machine's user, if it is known"`

	MachineID string `json:"machine_id,omitempty" help:"Graph's cloudPC.id"`
	Machine   string `json:"machine,omitempty" help:"name of the Cloud PC"`
	Device    string `json:"device,omitempty" help:"name of its device"`
	User      string `json:"user,omitempty" help:"its user principal name"`
	Typed     string `json:"typed,omitempty" help:"of asked: the machine as it was typed"`
	OS        string `json:"os,omitempty" help:"of asked: the Windows version, if one was given"`
	Account   string `json:"account,omitempty" help:"of asked: the kind of account, if one was given"`
	Why       string `json:"why,omitempty" help:"the reason that the person gave"`

	Cause          string `json:"cause,omitempty" help:"why, as a code"`
	Detail         string `json:"detail,omitempty" help:"the particulars of that cause"`
	HTTPStatus     int    `json:"http_status,omitempty" help:"of an answer of Graph"`
	GraphRequestID string `json:"graph_request_id,omitempty" help:"the id that Graph gave it: for Microsoft's support"`
	Message        string `json:"message,omitempty" help:"a service's own message"`
	Retriable      string `json:"retriable,omitempty" help:"Graph's word on whether a failed build can be tried again"`
	Channel        string `json:"channel,omitempty" help:"Slack channel that the cause is about"`
	Until          string `json:"until,omitempty" help:"when the obstacle ends"`

	ClientRequestID string `json:"client_request_id,omitempty" help:"the id that the call to Graph was sent with"`
	Outcome         string `json:"outcome,omitempty" help:"of came-late: what that answer proves"`
	Count           int    `json:"count,omitempty" help:"of approved: approvals so far; of reminded and held: how often"`
	Act             string `json:"act,omitempty" help:"of repelled: what the person tried"`
	Verdict         string `json:"verdict,omitempty" help:"of repelled: why they may not"`

	Actor          string `json:"actor,omitempty" help:"of erased-outside: who did it, as Graph names them"`
	Application    string `json:"application,omitempty" help:"of erased-outside: the id of the application that did it"`
	OwnApplication bool   `json:"own_application,omitempty" help:"of erased-outside: that is this bot's own application"`
	Result         string `json:"result,omitempty" help:"of erased-outside: how the call ended, in Graph's word"`
	AuditEvent     string `json:"audit_event,omitempty" help:"of erased-outside: the id of Graph's audit event"`
	DoneAt         string `json:"done_at,omitempty" help:"of erased-outside: when it was done, by Graph's clock"`

	SignedInID     string `json:"signed_in_id,omitempty" help:"of signed-in: the object id in Entra of who signed in"`
	SignedInTenant string `json:"signed_in_tenant,omitempty" help:"of signed-in: the id of the tenant where they did"`
	SignedInAs     string `json:"signed_in_as,omitempty" help:"of signed-in: their user principal name"`
	SignedInEmail  string `json:"signed_in_email,omitempty" help:"of signed-in: whether that is the requester's e-mail address in Slack: agrees, differs, unread"`

	Asked    string   `json:"asked_at" help:"when the request was made"`
	Redacted string   `json:"redacted_at,omitempty" help:"when its words were erased"`
	Erased   []string `json:"erased,omitempty" help:"which texts of the event were erased: why, typed, name, device, user, detail, reason, actor"`
	Hash     string   `json:"hash" help:"of the chain up to and including the event; its first 12 digits are the receipt"`
}

// exportEnd is the last line of an export. An export without it is not complete.
type exportEnd struct {
	Type   string `json:"type"` // end
	Events int    `json:"events"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Count  int64  `json:"chain_count"` // events in the whole ledger
	Head   string `json:"chain_hash"`  // of the last of them
}

// ExportedField is a field of an export.
type ExportedField struct{ Name, Help string }

// ExportedFields are the fields of [Exported], in their order.
func ExportedFields() (fields []ExportedField) {
	for f := range reflect.TypeFor[Exported]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields = append(fields, ExportedField{name, f.Tag.Get("help")})
	}
	return fields
}

// Export prints the events of the ledger that DATABASE_URL names as JSON lines: from a time on, and before
// another. Both are RFC 3339 or a date, in UTC; empty does not narrow. The last line has the number of
// events and the head of the chain. It opens the ledger read-only. A malformed time is a *config.Error.
func Export(ctx context.Context, out io.Writer, from, to string) error {
	address, err := config.Ledger()
	if err != nil {
		return err
	}
	begin, err := moment("--from", from)
	if err != nil {
		return err
	}
	end, err := moment("--to", to)
	if err != nil {
		return err
	}
	store, err := openReadOnly(ctx, address)
	if err != nil {
		return err
	}
	defer store.Close()
	return writeExport(ctx, out, store, begin, end)
}

func writeExport(ctx context.Context, out io.Writer, chain ledger.Chain, from, to time.Time) error {
	buffer := bufio.NewWriterSize(out, 1<<16)
	lines := json.NewEncoder(buffer)
	lines.SetEscapeHTML(false)
	last := exportEnd{Type: "end", From: stamp(from), To: stamp(to)}
	head, err := chain.Read(ctx, from, to, func(l ledger.Link, r ledger.Request) error {
		line, err := exported(l, r)
		if err != nil {
			return err
		}
		last.Events++
		return lines.Encode(line)
	})
	if err == nil {
		last.Count, last.Head = head.Count, head.Hash.String()
		err = lines.Encode(last)
	}
	return errors.Join(err, buffer.Flush())
}

// exported is the line of one event.
func exported(l ledger.Link, r ledger.Request) (Exported, error) {
	e, err := eventOf(l, r)
	if err != nil {
		return Exported{}, err
	}
	erased, err := l.Erased()
	if err != nil {
		return Exported{}, err
	}
	x := Exported{
		Type: "event", Number: e.Number, Time: stamp(e.At), Request: string(e.Request), Seq: e.Seq, Event: string(e.Kind), State: string(e.To),
		By: e.By.ID, ByOrg: e.By.Org, Requester: r.Requester.ID, RequesterOrg: r.Requester.Org, Owner: r.Owner.Person.ID,
		MachineID: e.Target, Machine: r.Target.Name, Device: r.Target.DeviceName, User: r.Target.User,
		Typed: e.Texts[ledger.TextTyped], OS: string(e.OS), Account: string(e.Account), Why: e.Texts[ledger.TextWhy],
		Cause: string(e.Cause.Code), Detail: e.Cause.Detail, HTTPStatus: e.Cause.Status, GraphRequestID: e.Cause.RequestID, Message: e.Cause.Reason,
		Retriable: e.Cause.Retriable, Channel: e.Cause.Where, Until: stamp(e.Cause.Until),
		ClientRequestID: e.Call, Outcome: string(e.Outcome), Count: e.Count, Act: string(e.Act), Verdict: string(e.Verdict),
		Actor: e.Texts[ledger.TextActor], Application: e.Outside.App, OwnApplication: e.Outside.Own, Result: e.Outside.Result,
		AuditEvent: e.Outside.Event, DoneAt: stamp(e.Outside.At),
		SignedInID: e.SignIn.ObjectID, SignedInTenant: e.SignIn.Tenant, SignedInEmail: string(e.SignIn.Email),
		Asked: stamp(r.Asked), Redacted: stamp(r.Redacted), Erased: erased, Hash: e.Hash.String(),
	}
	if e.Kind == ledger.WasSignedIn {
		x.SignedInAs = e.Texts[ledger.TextUser]
	}
	if e.To == ledger.Failed {
		x.Failure = string(r.Failure)
	}
	for _, c := range r.Consents {
		if !c.At.After(e.At) {
			x.Approvers = append(x.Approvers, c.By.ID)
		}
	}
	for text, into := range map[string]*string{ledger.TextName: &x.Machine, ledger.TextDevice: &x.Device, ledger.TextUser: &x.User} {
		if was := e.Texts[text]; was != "" { // as it was called then
			*into = was
		}
	}
	return x, nil
}

// eventOf decodes an event. Where the words of its request were erased, it has no message of a service either
// that an earlier version left in the chain, where it cannot be erased.
func eventOf(l ledger.Link, r ledger.Request) (ledger.Event, error) {
	e, err := l.Event()
	kept := false
	for _, t := range l.Texts {
		kept = kept || t.Field == ledger.TextReason
	}
	if !r.Redacted.IsZero() && !kept {
		e.Cause.Reason = ""
	}
	return e, err
}

// stamp is a time as an export has it; empty if it is zero.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// moment reads a time that an operator typed; zero if it is empty.
func moment(option, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, &config.Error{Text: fmt.Sprintf("cloudpc-bot: %s is no time; write 2026-11-01 or 2026-11-01T08:00:00Z", option)}
}
