package ledgertest

import (
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// life is a request and all its events.
type life struct {
	request ledger.Request
	events  []ledger.Event
}

// history returns every request of a ledger with its events, sorted by id.
func history(t testing.TB, s ledger.Store) (all []life) {
	t.Helper()
	for r, err := range s.Find(t.Context(), ledger.Query{}) {
		must(t, err)
		events, err := s.Events(t.Context(), r.ID, 0)
		must(t, err)
		all = append(all, life{r, events})
	}
	slices.SortFunc(all, func(a, b life) int { return strings.Compare(string(a.request.ID), string(b.request.ID)) })
	return all
}

// pastTheBot returns the events of no request.
func pastTheBot(t testing.TB, s ledger.Store) []ledger.Event {
	t.Helper()
	events, err := s.Events(t.Context(), "", 0)
	must(t, err)
	return events
}

// tell prints a whole ledger. Its labels are its own, not JSON tags or field names, so the text
// stays the same when those are renamed, and shows that nothing else has changed. The labels are
// in the fixtures: do not change them.
func tell(t testing.TB, s ledger.Store, db *sql.DB) string {
	t.Helper()
	var b strings.Builder
	told := cursors(t, db)
	for _, l := range history(t, s) {
		b.WriteString(tellRequest(l.request, told[l.request.ID]))
		for _, e := range l.events {
			b.WriteString(tellEvent(e))
		}
	}
	for _, e := range pastTheBot(t, s) {
		b.WriteString(tellEvent(e))
	}
	brakes, err := s.Brakes(t.Context())
	must(t, err)
	fmt.Fprintf(&b, "the brakes\n%s", lines("\t", []fact{
		{"are on", brakes.Frozen}, {"pulled by", brakes.By}, {"why", brakes.Why}, {"at", brakes.At},
	}))
	return b.String()
}

// cursors are how many events of each request its thread was told of.
func cursors(t testing.TB, db *sql.DB) map[ledger.ID]int {
	t.Helper()
	told := map[ledger.ID]int{}
	for _, row := range rows(t, db, `SELECT key, cursor FROM queue WHERE kind = 'thread'`) {
		n, err := strconv.Atoi(row[1])
		must(t, err)
		told[ledger.ID(row[0])] = n
	}
	return told
}

// fact is a value with its label.
type fact struct {
	name  string
	value any
}

// lines prints facts, one per line, without those that are zero.
func lines(indent string, facts []fact) string {
	var b strings.Builder
	for _, f := range facts {
		if reflect.ValueOf(f.value).IsZero() {
			continue
		}
		switch v := f.value.(type) {
		case time.Time:
			fmt.Fprintf(&b, "%s%s: %s\n", indent, f.name, v.UTC().Format(time.RFC3339Nano))
		case auth.Person:
			fmt.Fprintf(&b, "%s%s: %q of %q\n", indent, f.name, v.ID, v.Org)
		case ledger.Thread:
			fmt.Fprintf(&b, "%s%s: %q in %q\n", indent, f.name, v.TS, v.Channel)
		default:
			fmt.Fprintf(&b, "%s%s: %#v\n", indent, f.name, plain(v))
		}
	}
	return b.String()
}

// plain converts a value of a string type to a plain string.
func plain(v any) any {
	if text := reflect.ValueOf(v); text.Kind() == reflect.String {
		return text.String()
	}
	return v
}

func tellRequest(r ledger.Request, told int) string {
	facts := []fact{
		{"state", r.State}, {"failure", r.Failure}, {"asked by", r.Requester}, {"asked at", r.Asked}, {"asked in", r.FromChannel}, {"verb", r.Order.Verb},
		{"wants the machine", r.Order.PC}, {"wants the system", r.Order.OS}, {"wants the account", r.Order.Account}, {"reason", r.Order.Reason},
		{"about request", r.Order.Request}, {"envelope", r.Interaction.Envelope}, {"trigger", r.Interaction.Trigger}, {"approvals needed", r.ApprovalsNeeded},
		{"card", r.Card}, {"card since", r.Shown}, {"reminders", r.Reminded}, {"once more of", r.RetryOf}, {"behind", r.Earlier}, {"missing since", r.Missing},
		{"lapses", r.Expires}, {"ended", r.Ended}, {"held", r.Rejections}, {"held by", r.RejectedBy}, {"due", r.Due}, {"looks in vain", r.Tries},
		{"swaps", r.Version}, {"events", r.Events}, {"told", told},
		{"silent", r.Order.Silent}, {"announced", r.Announced}, {"owner", r.Owner.Person}, {"owner untold", r.Owner.Untold}, {"owner until", r.Owner.Until},
		{"owner has no veto", r.Owner.NoVeto}, {"owner notice", r.Owner.Notice},
		{"person", r.Order.Person}, {"form", r.Interaction.View}, {"offered", r.Offered}, {"picked", r.Picked}, {"found by", r.FoundBy}, {"words erased", r.Redacted},
	}
	b := string(r.ID) + "\n" + lines("\t", facts) + tellCause(r.Cause) + tellTarget("is", r.Target) + tellTarget("became", r.Result)
	for _, c := range r.Consents {
		b += lines("\t", []fact{{"consent of", c.By}, {"consent at", c.At}})
	}
	for _, c := range r.Choices {
		b += tellChoice("choice", c)
	}
	for _, c := range r.Near {
		b += tellChoice("near", c)
	}
	return b + tellDecision("decided", r.Decided) + tellCall(r.Submission) + tellPreview(r.Preview) + lines("\tself-service ", []fact{
		{"holder", r.Self.Holder}, {"object id", r.Self.Account.ObjectID}, {"tenant", r.Self.Account.Tenant}, {"as", r.Self.Account.Name}, {"signed in", r.Self.SignedIn},
		{"until", r.Self.Until}, {"e-mail", r.Self.Email}, {"confirmed", r.Self.Confirmed},
	})
}

func tellCause(c ledger.Cause) string {
	return lines("\t", []fact{
		{"because", c.Code}, {"detail", c.Detail}, {"HTTP", c.Status}, {"answer's id", c.RequestID}, {"until", c.Until}, {"in words", c.Reason}, {"where", c.Where},
		{"can be tried again", c.Retriable},
	})
}

func tellTarget(when string, m ledger.Target) string {
	return lines("\t"+when+" ", []fact{
		{"id", m.ID}, {"name", m.Name}, {"device", m.DeviceName}, {"user", m.User}, {"policy id", m.PolicyID}, {"policy", m.Policy}, {"image", m.Image},
		{"network", m.Connection}, {"policy's image", m.NewImage}, {"region", m.Region}, {"join", m.Join}, {"plan id", m.PlanID}, {"plan", m.Plan},
		{"Intune", m.ManagedDeviceID}, {"Entra", m.AADDeviceID}, {"provisioned", m.Provisioned}, {"status", m.Status}, {"last action", m.LastAction},
		{"shared", m.Shared}, {"group", m.Group}, {"power", m.Power}, {"system", m.OS}, {"account", m.Account},
	})
}

func tellChoice(what string, c ledger.Choice) string {
	return lines("\t"+what+" ", []fact{
		{"id", c.ID}, {"name", c.Name}, {"device", c.Device}, {"user", c.User}, {"plan", c.Plan}, {"status", c.Status}, {"changed", c.Changed},
	})
}

func tellPreview(p ledger.Preview) string {
	return lines("\tpreview ", []fact{
		{"signed in", p.SignedIn}, {"never used", p.Never}, {"last use", p.LastUse}, {"as of", p.AsOf}, {"image", p.Image}, {"image until", p.ImageUntil},
		{"others", strings.Join(p.Others, ", ")}, {"no owners", p.NoOwners},
	})
}

func tellDecision(what string, d ledger.Decision) string {
	return lines("\t"+what+" ", []fact{{"how", d.Kind}, {"by", d.By}, {"at", d.At}, {"why", d.Reason}})
}

func tellCall(c ledger.Submission) string {
	return lines("\tcall ", []fact{
		{"id", c.CallID}, {"at", c.At}, {"not after", c.Deadline}, {"outcome", c.Outcome}, {"accepted", c.Accepted}, {"seen", c.Seen}, {"awaits power", c.Power},
		{"given up", c.EvidenceGivenUp}, {"nagged", c.RemindedDaily}, {"overdue", c.Overdue}, {"glimpse", c.Glimpse.What}, {"glimpse since", c.Glimpse.At},
		{"phase", c.Phase},
	}) + tellDecision("closing", c.Closing)
}

func tellEvent(e ledger.Event) string {
	b := fmt.Sprintf("\t%d. of %s, %d. of all\n", e.Seq, e.Request, e.Number)
	b += lines("\t\t", []fact{
		{"kind", e.Kind}, {"at", e.At}, {"by", e.By}, {"then", e.To}, {"call", e.Call}, {"outcome", e.Outcome}, {"count", e.Count}, {"machine", e.Target},
		{"system", e.OS}, {"account", e.Account}, {"tried", e.Act}, {"in vain because", e.Verdict},
	})
	b += lines("\t\toutside ", []fact{
		{"audit event", e.Outside.Event}, {"at", e.Outside.At}, {"application", e.Outside.App}, {"is ours", e.Outside.Own}, {"ended in", e.Outside.Result},
	})
	b += lines("\t\tsigned in ", []fact{{"object id", e.SignIn.ObjectID}, {"tenant", e.SignIn.Tenant}, {"e-mail", e.SignIn.Email}})
	b += strings.ReplaceAll(tellCause(e.Cause), "\t", "\t\t")
	for _, field := range []string{ledger.TextWhy, ledger.TextTyped, ledger.TextName, ledger.TextDevice, ledger.TextUser, ledger.TextActor} {
		b += lines("\t\ttext ", []fact{{field, e.Texts[field]}})
	}
	return b
}
