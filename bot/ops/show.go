package ops

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/ledger"
)

// Show prints for a person what the ledger that DATABASE_URL names knows of one request: what was asked,
// of which machine, what was decided, what became of it, and each event. It opens the ledger read-only. It
// fails with ledger.ErrNotFound; a malformed id is a *config.Error.
func Show(ctx context.Context, out io.Writer, request string) error {
	address, err := config.Ledger()
	if err != nil {
		return err
	}
	id, err := requestID(request)
	if err != nil {
		return err
	}
	store, err := openReadOnly(ctx, address)
	if err != nil {
		return err
	}
	defer store.Close()
	return writeRequest(ctx, out, store, id)
}

// requestID reads the id of a request that an operator typed.
func requestID(text string) (ledger.ID, error) {
	id, ok := ledger.ParseID(text)
	if !ok {
		return "", &config.Error{Text: fmt.Sprintf("cloudpc-bot: %q is no id of a request; one looks like R-7K3F", text)}
	}
	return id, nil
}

func writeRequest(ctx context.Context, out io.Writer, store ledger.Requests, id ledger.ID) error {
	r, err := store.Get(ctx, id)
	if err != nil {
		return err
	}
	events, err := store.Events(ctx, id, 0)
	if err != nil {
		return err
	}
	var p page
	p.request(r)
	p.machines(r)
	p.call(r)
	for _, e := range events {
		if !r.Redacted.IsZero() { // see eventOf; what came after the redaction is for the next one
			e.Cause.Reason = ""
		}
		p.event(e)
	}
	_, err = out.Write(p.Bytes())
	return err
}

// page is what Show prints.
type page struct{ bytes.Buffer }

// fact is a value with its label.
type fact struct {
	label string
	value any
}

// list prints facts under a title, without those that are zero, and nothing if none is left.
func (p *page) list(title string, facts ...fact) {
	var b strings.Builder
	for _, f := range facts {
		if f.value == nil || reflect.ValueOf(f.value).IsZero() {
			continue
		}
		fmt.Fprintf(&b, "    %-22s %s\n", f.label, printed(f.value))
	}
	if b.Len() > 0 {
		fmt.Fprintf(p, "%s\n%s", title, b.String())
	}
}

// printed is a value in one line.
func printed(value any) string {
	switch v := value.(type) {
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.999999 UTC")
	case auth.Person:
		return fmt.Sprintf("%s of %s", v.ID, v.Org)
	case ledger.Thread:
		return fmt.Sprintf("message %s in %s", v.TS, v.Channel)
	case bool:
		return "yes"
	case string:
		return oneLine(v)
	}
	return oneLine(fmt.Sprint(value))
}

// oneLine quotes a text that would break a line, or that a terminal would obey.
func oneLine(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

func (p *page) request(r ledger.Request) {
	p.list(string(r.ID),
		fact{"state", r.State}, fact{"failure", r.Failure}, fact{"words erased", r.Redacted}, fact{"asked by", r.Requester}, fact{"asked", r.Asked}, fact{"asked in", r.FromChannel},
		fact{"command", r.Order.Verb}, fact{"machine, as typed", r.Order.PC}, fact{"person mentioned", r.Order.Person}, fact{"request named", r.Order.Request},
		fact{"Windows", r.Order.OS}, fact{"account", r.Order.Account}, fact{"reason", r.Order.Reason}, fact{"owner not told", r.Order.Silent},
		fact{"approvals needed", r.ApprovalsNeeded}, fact{"card", r.Card}, fact{"card posted", r.Shown}, fact{"reminders", r.Reminded},
		fact{"expires", r.Expires}, fact{"ended", r.Ended}, fact{"repeats", r.RetryOf}, fact{"earlier, end not seen", r.Earlier},
		fact{"Slack's envelope", r.Interaction.Envelope}, fact{"digest of the trigger", r.Interaction.Trigger}, fact{"Slack's form", r.Interaction.View},
		fact{"next look", r.Due}, fact{"looks without success", r.Tries}, fact{"version", r.Version}, fact{"events", r.Events})
	p.list("Self-service",
		fact{"signed in as", r.Self.Account.Name}, fact{"object id", r.Self.Account.ObjectID}, fact{"tenant", r.Self.Account.Tenant}, fact{"signed in", r.Self.SignedIn},
		fact{"until", r.Self.Until}, fact{"e-mail in Slack", r.Self.Email}, fact{"machine confirmed", r.Self.Confirmed}, fact{"process", r.Self.Holder})
	p.cause("Why", r.Cause)
	for _, c := range r.Consents {
		p.list("Approved", fact{"by", c.By}, fact{"at", c.At})
	}
	p.decision("Decided", r.Decided)
	p.list("Machine's user",
		fact{"in Slack", r.Owner.Person}, fact{"told nothing because", r.Owner.Untold}, fact{"looked up", r.Announced}, fact{"may say no until", r.Owner.Until},
		fact{"may not say no again", r.Owner.NoVeto}, fact{"notice", r.Owner.Notice})
}

func (p *page) cause(title string, c ledger.Cause) {
	p.list(title, fact{"cause", c.Code}, fact{"detail", c.Detail}, fact{"HTTP status", c.Status}, fact{"Graph's request-id", c.RequestID}, fact{"message", c.Reason},
		fact{"until", c.Until}, fact{"channel", c.Where}, fact{"can be tried again", c.Retriable})
}

func (p *page) decision(title string, d ledger.Decision) {
	p.list(title, fact{"what", d.Kind}, fact{"by", d.By}, fact{"at", d.At}, fact{"reason", d.Reason})
}

func (p *page) machines(r ledger.Request) {
	p.target("Machine, as it was shown", r.Target)
	p.list("What was known of it", fact{"found by", r.FoundBy}, fact{"picked", r.Picked}, fact{"choices shown", r.Offered}, fact{"missing in Graph since", r.Missing},
		fact{"signed in", r.Preview.SignedIn}, fact{"never used", r.Preview.Never}, fact{"last used", r.Preview.LastUse}, fact{"use known as of", r.Preview.AsOf},
		fact{"trouble with the image", r.Preview.Image}, fact{"image can be used until", r.Preview.ImageUntil}, fact{"user's other machines", strings.Join(r.Preview.Others, ", ")},
		fact{"owners cannot be told", r.Preview.NoOwners})
	for _, c := range r.Choices {
		p.choice("Machine that fitted", c)
	}
	for _, c := range r.Near {
		p.choice("Machine with a near name", c)
	}
	p.target("Machine, as it became", r.Result)
}

func (p *page) target(title string, m ledger.Target) {
	p.list(title, fact{"id", m.ID}, fact{"name", m.Name}, fact{"device", m.DeviceName}, fact{"user", m.User}, fact{"shared", m.Shared}, fact{"group", m.Group},
		fact{"policy", m.Policy}, fact{"policy id", m.PolicyID}, fact{"policy's image", m.NewImage}, fact{"policy's region", m.Region}, fact{"policy's join", m.Join},
		fact{"image", m.Image}, fact{"network", m.Connection}, fact{"plan", m.Plan}, fact{"plan id", m.PlanID}, fact{"Intune's device", m.ManagedDeviceID},
		fact{"Entra's device", m.AADDeviceID}, fact{"provisioned", m.Provisioned}, fact{"status", m.Status}, fact{"last action", m.LastAction},
		fact{"power", m.Power}, fact{"Windows", m.OS}, fact{"account", m.Account})
}

func (p *page) choice(title string, c ledger.Choice) {
	p.list(title, fact{"id", c.ID}, fact{"name", c.Name}, fact{"device", c.Device}, fact{"user", c.User}, fact{"plan", c.Plan}, fact{"status", c.Status}, fact{"changed", c.Changed})
}

func (p *page) call(r ledger.Request) {
	s := r.Submission
	p.list("Call to Graph", fact{"client-request-id", s.CallID}, fact{"stored", s.At}, fact{"deadline", s.Deadline}, fact{"outcome", s.Outcome}, fact{"accepted", s.Accepted},
		fact{"run seen", s.Seen}, fact{"phase", s.Phase}, fact{"waits for power since", s.Power}, fact{"evidence given up", s.EvidenceGivenUp}, fact{"overdue", s.Overdue},
		fact{"last daily reminder", s.RemindedDaily}, fact{"end seen, not proven", s.Glimpse.What}, fact{"since", s.Glimpse.At},
		fact{"sent and not acted on", r.Rejections}, fact{"because of", r.RejectedBy})
	p.decision("To be closed", s.Closing)
}

func (p *page) event(e ledger.Event) {
	p.list(fmt.Sprintf("Event %d: %s", e.Seq, e.Kind),
		fact{"at", e.At}, fact{"by", e.By}, fact{"state after it", e.To}, fact{"count", e.Count}, fact{"Windows", e.OS}, fact{"account", e.Account},
		fact{"tried", e.Act}, fact{"not allowed because", e.Verdict}, fact{"as typed", e.Texts[ledger.TextTyped]}, fact{"reason", e.Texts[ledger.TextWhy]},
		fact{"machine", e.Target}, fact{"name", e.Texts[ledger.TextName]}, fact{"device", e.Texts[ledger.TextDevice]}, fact{"user", e.Texts[ledger.TextUser]},
		fact{"client-request-id", e.Call}, fact{"outcome", e.Outcome}, fact{"cause", e.Cause.Code}, fact{"detail", e.Cause.Detail}, fact{"HTTP status", e.Cause.Status},
		fact{"Graph's request-id", e.Cause.RequestID}, fact{"message", e.Cause.Reason}, fact{"until", e.Cause.Until}, fact{"channel", e.Cause.Where},
		fact{"can be tried again", e.Cause.Retriable}, fact{"object id", e.SignIn.ObjectID}, fact{"tenant", e.SignIn.Tenant}, fact{"e-mail in Slack", e.SignIn.Email},
		fact{"number in the chain", e.Number},
		fact{"receipt", ledger.Receipt{Request: e.Request, Hash: e.Hash.Short()}})
}
