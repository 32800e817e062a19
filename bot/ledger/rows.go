package ledger

import (
	"encoding/json"
	"fmt"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
)

// Stored data has types of its own, in this file and nowhere else, so that names in Go can
// change while rows written by earlier versions stay readable. The rules:
//
//   - A JSON tag never changes, nor does a column, nor the word of a state, failure, event,
//     cause, outcome, act or reason. None of them ever changes its meaning.
//   - A new field goes to the end of its struct and is omitted when zero. Rows written without
//     it read as zero and mean what they meant before.
//   - A field that no version writes any more stays as long as a ledger may contain it.
//
// The bytes of an event are hashed: they are stored and verified exactly as they were written.
// Package ledgertest opens ledgers written by earlier versions and compares every byte.

// requestRow is the body of a request, as JSON. Columns beside it hold what is searched for,
// the version, the number of events and the notification cursor.
type requestRow struct {
	ID          ID             `json:"id"`
	State       State          `json:"state"`
	Failure     Failure        `json:"failure,omitempty"`
	Cause       causeRow       `json:"cause,omitzero"`
	Order       orderRow       `json:"order"`
	Requester   personRow      `json:"requester"`
	Interaction interactionRow `json:"gesture"`
	Asked       time.Time      `json:"asked"`
	Typed       string         `json:"typed"`
	Needed      int            `json:"needed"`
	Target      targetRow      `json:"target,omitzero"`
	Card        threadRow      `json:"card,omitzero"`
	Shown       time.Time      `json:"shown,omitzero"`
	Reminded    int            `json:"reminded,omitempty"`
	Consents    []consentRow   `json:"consents,omitempty"`
	Decided     decisionRow    `json:"decided,omitzero"`
	Again       ID             `json:"again,omitempty"`
	Earlier     ID             `json:"earlier,omitempty"`
	Missing     time.Time      `json:"missing,omitzero"`
	Expires     time.Time      `json:"expires,omitzero"`
	Submission  submissionRow  `json:"submission,omitzero"`
	Result      targetRow      `json:"result,omitzero"`
	Ended       time.Time      `json:"ended,omitzero"`
	Holds       int            `json:"holds,omitempty"`
	HeldBy      Code           `json:"held_by,omitempty"`
	Due         time.Time      `json:"due,omitzero"`
	Tries       int            `json:"tries,omitempty"`
	Choices     []choiceRow    `json:"choices,omitempty"`
	Offered     bool           `json:"offered,omitempty"`
	Picked      string         `json:"picked,omitempty"`
	FoundBy     FoundBy        `json:"found_by,omitempty"`
	Near        []choiceRow    `json:"near,omitempty"`
	Preview     *previewRow    `json:"preview,omitempty"`
	Owner       *ownerRow      `json:"owner,omitempty"`
	Announced   time.Time      `json:"announced,omitzero"`
	Redacted    time.Time      `json:"redacted,omitzero"`
	Self        *selfRow       `json:"self_service,omitempty"`
}

type selfRow struct {
	Holder    string     `json:"holder"`
	Account   accountRow `json:"account,omitzero"`
	SignedIn  time.Time  `json:"signed_in,omitzero"`
	Until     time.Time  `json:"until,omitzero"`
	Email     EmailMatch `json:"email,omitempty"`
	Confirmed time.Time  `json:"confirmed,omitzero"`
}

type accountRow struct {
	ObjectID string `json:"object_id"`
	Tenant   string `json:"tenant"`
	Name     string `json:"name"`
}

type choiceRow struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Device  string    `json:"device,omitempty"`
	User    string    `json:"user,omitempty"`
	Plan    string    `json:"plan,omitempty"`
	Status  string    `json:"status,omitempty"`
	Changed time.Time `json:"changed,omitzero"`
}

type previewRow struct {
	SignedIn   bool      `json:"signed_in,omitempty"`
	Never      bool      `json:"never,omitempty"`
	LastUse    time.Time `json:"last_use,omitzero"`
	AsOf       time.Time `json:"as_of,omitzero"`
	Image      string    `json:"image,omitempty"`
	ImageUntil time.Time `json:"image_until,omitzero"`
	Others     []string  `json:"others,omitempty"`
	NoOwners   bool      `json:"no_owners,omitempty"`
}

type ownerRow struct {
	Person personRow `json:"person,omitzero"`
	Untold Untold    `json:"untold,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	NoVeto bool      `json:"no_veto,omitempty"`
	Notice threadRow `json:"notice,omitzero"`
}

type personRow struct {
	Org string `json:"org"`
	ID  string `json:"id"`
}

type orderRow struct {
	Verb    command.Verb    `json:"verb"`
	PC      string          `json:"pc,omitempty"`
	OS      command.OS      `json:"os,omitempty"`
	Account command.Account `json:"account,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Request string          `json:"request,omitempty"`
	Person  string          `json:"person,omitempty"`
	Silent  bool            `json:"silent,omitempty"`
}

type interactionRow struct {
	Envelope string `json:"envelope"`
	Trigger  string `json:"trigger,omitempty"`
	View     string `json:"view,omitempty"`
}

type threadRow struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

type causeRow struct {
	Code      Code      `json:"code"`
	Detail    string    `json:"detail,omitempty"`
	Status    int       `json:"status,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	Until     time.Time `json:"until,omitzero"`
	Reason    string    `json:"reason,omitempty"`
	Where     string    `json:"where,omitempty"`
	Retriable string    `json:"retriable,omitempty"`
}

type targetRow struct {
	ID              string    `json:"id"`
	Name            string    `json:"name"`
	DeviceName      string    `json:"device_name"`
	User            string    `json:"user"`
	PolicyID        string    `json:"policy_id"`
	Policy          string    `json:"policy"`
	Image           string    `json:"image"`
	Connection      string    `json:"connection"`
	NewImage        string    `json:"new_image,omitempty"`
	Region          string    `json:"region,omitempty"`
	Join            string    `json:"join,omitempty"`
	PlanID          string    `json:"plan_id"`
	Plan            string    `json:"plan"`
	ManagedDeviceID string    `json:"managed_device_id"`
	AADDeviceID     string    `json:"aad_device_id"`
	Provisioned     time.Time `json:"provisioned,omitzero"`
	Status          string    `json:"status,omitempty"`
	LastAction      time.Time `json:"last_action,omitzero"`
	Shared          bool      `json:"shared,omitempty"`
	Group           string    `json:"group,omitempty"`
	Power           string    `json:"power,omitempty"`
	OS              string    `json:"os,omitempty"`
	Account         string    `json:"account,omitempty"`
}

type consentRow struct {
	By personRow `json:"by"`
	At time.Time `json:"at"`
}

type decisionRow struct {
	Kind   Kind      `json:"kind"`
	By     personRow `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

type submissionRow struct {
	CallID        string      `json:"call_id"`
	At            time.Time   `json:"at"`
	Deadline      time.Time   `json:"deadline"`
	Outcome       Outcome     `json:"outcome,omitempty"`
	Accepted      time.Time   `json:"accepted,omitzero"`
	Seen          time.Time   `json:"seen,omitzero"`
	Power         time.Time   `json:"power,omitzero"`
	Unsettled     time.Time   `json:"unsettled,omitzero"`
	RemindedDaily time.Time   `json:"nagged,omitzero"`
	Overdue       time.Time   `json:"overdue,omitzero"`
	Glimpse       glimpseRow  `json:"glimpse,omitzero"`
	Closing       decisionRow `json:"closing,omitzero"`
	Phase         Phase       `json:"phase,omitempty"`
}

type glimpseRow struct {
	What string    `json:"what"`
	At   time.Time `json:"at"`
}

// eventRow is the body of a link, as JSON: the bytes that are hashed. The texts are stored
// beside it.
type eventRow struct {
	Request ID                `json:"request"`
	Seq     int               `json:"seq"`
	At      time.Time         `json:"at"`
	Kind    Kind              `json:"kind"`
	By      personRow         `json:"by,omitzero"`
	To      State             `json:"to"`
	Cause   causeRow          `json:"cause,omitzero"`
	Call    string            `json:"call,omitempty"`
	Outcome Outcome           `json:"outcome,omitempty"`
	Count   int               `json:"count,omitempty"`
	Target  string            `json:"target,omitempty"`
	OS      command.OS        `json:"os,omitempty"`
	Account command.Account   `json:"account,omitempty"`
	Act     auth.Act          `json:"act,omitempty"`
	Verdict auth.Reason       `json:"verdict,omitempty"`
	Digests map[string]string `json:"digests,omitempty"` // digests of the texts, hex, by field
	Outside *eraseRow         `json:"outside,omitempty"`
	SignIn  *signInRow        `json:"sign_in,omitempty"`
}

type signInRow struct {
	ObjectID string     `json:"object_id"`
	Tenant   string     `json:"tenant"`
	Email    EmailMatch `json:"email"`
}

type eraseRow struct {
	Event  string    `json:"event"`
	At     time.Time `json:"at,omitzero"`
	App    string    `json:"app,omitempty"`
	Own    bool      `json:"own,omitempty"`
	Result string    `json:"result,omitempty"`
}

// EncodeRequest returns the body of a request's row. Fields that are columns of their own
// (Version, Events) and those for the next Replace are not in it.
func EncodeRequest(r Request) (string, error) {
	row := requestRow{
		ID: r.ID, State: r.State, Failure: r.Failure, Cause: causeRow(r.Cause), Order: orderRow(r.Order), Requester: personRow(r.Requester),
		Interaction: interactionRow(r.Interaction), Asked: r.Asked, Typed: r.FromChannel, Needed: r.ApprovalsNeeded, Target: targetRow(r.Target), Card: threadRow(r.Card),
		Shown: r.Shown, Reminded: r.Reminded, Decided: rowOfDecision(r.Decided), Again: r.RetryOf, Earlier: r.Earlier, Missing: r.Missing,
		Expires: r.Expires, Submission: rowOfSubmission(r.Submission), Result: targetRow(r.Result), Ended: r.Ended,
		Holds: r.Rejections, HeldBy: r.RejectedBy, Due: r.Due, Tries: r.Tries,
		Offered: r.Offered, Picked: r.Picked, FoundBy: r.FoundBy, Announced: r.Announced, Redacted: r.Redacted,
	}
	if r.Owner != (Owner{}) {
		o := rowOfOwner(r.Owner)
		row.Owner = &o
	}
	if r.IsSelfService() {
		row.Self = &selfRow{r.Self.Holder, accountRow(r.Self.Account), r.Self.SignedIn, r.Self.Until, r.Self.Email, r.Self.Confirmed}
	}
	for _, c := range r.Choices {
		row.Choices = append(row.Choices, choiceRow(c))
	}
	for _, c := range r.Near {
		row.Near = append(row.Near, choiceRow(c))
	}
	if p := previewRow(r.Preview); !p.isZero() {
		row.Preview = &p
	}
	for _, c := range r.Consents {
		row.Consents = append(row.Consents, consentRow{By: personRow(c.By), At: c.At})
	}
	body, err := json.Marshal(row)
	if err != nil {
		return "", fmt.Errorf("ledger: encode %s: %w", r.ID, err)
	}
	return string(body), nil
}

// DecodeRequest reads the body of a request's row. Fields that are columns are left zero.
func DecodeRequest(body []byte) (Request, error) {
	var row requestRow
	if err := json.Unmarshal(body, &row); err != nil {
		return Request{}, fmt.Errorf("decode a request: %w", err)
	}
	r := Request{
		ID: row.ID, State: row.State, Failure: row.Failure, Cause: Cause(row.Cause), Order: command.Order(row.Order), Requester: auth.Person(row.Requester),
		Interaction: Interaction(row.Interaction), Asked: row.Asked, FromChannel: row.Typed, ApprovalsNeeded: row.Needed, Target: Target(row.Target), Card: Thread(row.Card),
		Shown: row.Shown, Reminded: row.Reminded, Decided: row.Decided.decision(), RetryOf: row.Again, Earlier: row.Earlier, Missing: row.Missing,
		Expires: row.Expires, Submission: row.Submission.submission(), Result: Target(row.Result), Ended: row.Ended,
		Rejections: row.Holds, RejectedBy: row.HeldBy, Due: row.Due, Tries: row.Tries,
		Offered: row.Offered, Picked: row.Picked, FoundBy: row.FoundBy, Announced: row.Announced, Redacted: row.Redacted,
	}
	if row.Owner != nil {
		r.Owner = row.Owner.owner()
	}
	if s := row.Self; s != nil {
		r.Self = SelfService{s.Holder, Account(s.Account), s.SignedIn, s.Until, s.Email, s.Confirmed}
	}
	for _, c := range row.Choices {
		r.Choices = append(r.Choices, Choice(c))
	}
	for _, c := range row.Near {
		r.Near = append(r.Near, Choice(c))
	}
	if row.Preview != nil {
		r.Preview = Preview(*row.Preview)
	}
	for _, c := range row.Consents {
		r.Consents = append(r.Consents, Consent{By: auth.Person(c.By), At: c.At})
	}
	return r, nil
}

func (p previewRow) isZero() bool {
	return !p.SignedIn && !p.Never && p.LastUse.IsZero() && p.AsOf.IsZero() && p.Image == "" && p.ImageUntil.IsZero() && len(p.Others) == 0 && !p.NoOwners
}

func rowOfOwner(o Owner) ownerRow {
	return ownerRow{Person: personRow(o.Person), Untold: o.Untold, Until: o.Until, NoVeto: o.NoVeto, Notice: threadRow(o.Notice)}
}

func (o ownerRow) owner() Owner {
	return Owner{Person: auth.Person(o.Person), Untold: o.Untold, Until: o.Until, NoVeto: o.NoVeto, Notice: Thread(o.Notice)}
}

func rowOfDecision(d Decision) decisionRow {
	return decisionRow{Kind: d.Kind, By: personRow(d.By), At: d.At, Reason: d.Reason}
}

func (d decisionRow) decision() Decision {
	return Decision{Kind: d.Kind, By: auth.Person(d.By), At: d.At, Reason: d.Reason}
}

func rowOfSubmission(s Submission) submissionRow {
	return submissionRow{
		CallID: s.CallID, At: s.At, Deadline: s.Deadline, Outcome: s.Outcome, Accepted: s.Accepted, Seen: s.Seen, Power: s.Power,
		Unsettled: s.EvidenceGivenUp, RemindedDaily: s.RemindedDaily, Overdue: s.Overdue, Glimpse: glimpseRow(s.Glimpse), Closing: rowOfDecision(s.Closing),
		Phase: s.Phase,
	}
}

func (s submissionRow) submission() Submission {
	return Submission{
		CallID: s.CallID, At: s.At, Deadline: s.Deadline, Outcome: s.Outcome, Accepted: s.Accepted, Seen: s.Seen, Power: s.Power,
		EvidenceGivenUp: s.Unsettled, RemindedDaily: s.RemindedDaily, Overdue: s.Overdue, Glimpse: Glimpse(s.Glimpse), Closing: s.Closing.decision(),
		Phase: s.Phase,
	}
}

// encodeEvent returns the body of a link. It contains the digests of the texts, not the texts.
func encodeEvent(e Event, digests map[string]string) (string, error) {
	var outside *eraseRow
	if e.Outside != (Erase{}) {
		row := eraseRow(e.Outside)
		outside = &row
	}
	var signIn *signInRow
	if e.SignIn != (SignIn{}) {
		row := signInRow(e.SignIn)
		signIn = &row
	}
	body, err := json.Marshal(eventRow{
		Request: e.Request, Seq: e.Seq, At: e.At, Kind: e.Kind, By: personRow(e.By), To: e.To, Cause: causeRow(e.Cause), Call: e.Call,
		Outcome: e.Outcome, Count: e.Count, Target: e.Target, OS: e.OS, Account: e.Account, Act: e.Act, Verdict: e.Verdict, Digests: digests, Outside: outside, SignIn: signIn,
	})
	if err != nil {
		return "", fmt.Errorf("ledger: encode event %d of %s: %w", e.Seq, e.Request, err)
	}
	return string(body), nil
}

// decodeEvent reads the body of a link and returns the event without its texts, and their
// digests by field.
func decodeEvent(body string) (Event, map[string]string, error) {
	var row eventRow
	if err := json.Unmarshal([]byte(body), &row); err != nil {
		return Event{}, nil, err
	}
	e := Event{
		Request: row.Request, Seq: row.Seq, At: row.At, Kind: row.Kind, By: auth.Person(row.By), To: row.To, Cause: Cause(row.Cause), Call: row.Call,
		Outcome: row.Outcome, Count: row.Count, Target: row.Target, OS: row.OS, Account: row.Account, Act: row.Act, Verdict: row.Verdict,
	}
	if row.Outside != nil {
		e.Outside = Erase(*row.Outside)
	}
	if row.SignIn != nil {
		e.SignIn = SignIn(*row.SignIn)
	}
	return e, row.Digests, nil
}
