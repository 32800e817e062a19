package ledger

import (
	"context"
	"slices"
	"time"
)

// JobKind is a kind of work in the queue. The words are stored: they never change.
type JobKind string

// The kinds of work. A new one is a constant, and a row of jobKinds.
const (
	JobStep   JobKind = "step"   // the next step of a request; due when the request says so
	JobThread JobKind = "thread" // what the card and its thread do not show yet
	JobOwner  JobKind = "owner"  // what the machine's owner was not told yet

	// JobReconcile is reading the tenant's audit log. It has one key and no request.
	JobReconcile JobKind = "reconcile"
	// JobOutside is telling people of what was done past this bot. It has one key, which is empty, as the
	// request of those events is. They are counted as those of a request are for an audience.
	JobOutside JobKind = "outside"

	// JobRetain is erasing words that are too old. It has one key and no request.
	JobRetain JobKind = "retain"
)

// TenantKey is the one key of [JobReconcile].
const TenantKey = "tenant"

// jobKinds has a row for each kind of work.
var jobKinds = []jobKind{
	{kind: JobReconcile, alone: true},
	{kind: JobOutside, alone: true},
	{kind: JobStep},
	{kind: JobThread, audience: (*Revision).NotifyAfter},
	{kind: JobOwner, audience: (*Revision).ownerHears, exists: (*Revision).ownerIsKnown},
	{kind: JobRetain, alone: true},
}

// jobKind says when work is due. Work without an audience is due at the request's Due. An audience is
// told of a request's events: it has a cursor over them, and new events may make it due.
type jobKind struct {
	kind     JobKind
	audience func(r *Revision) (is bool, after time.Duration) // whether the new events are for it, and how long to hold them back; nil = none
	exists   func(r *Revision) bool                           // whether there is such an audience yet; nil = always
	alone    bool                                             // it is no request's
}

// JobKinds are all kinds of work.
func JobKinds() (all []JobKind) {
	for _, k := range jobKinds {
		all = append(all, k.kind)
	}
	return all
}

// RequestKinds are the kinds of work that a change of a request may make due.
func RequestKinds() (all []JobKind) {
	for _, k := range jobKinds {
		if !k.alone {
			all = append(all, k.kind)
		}
	}
	return all
}

// AudienceKinds are the kinds of work that tells an audience of a request's events.
func AudienceKinds() (all []JobKind) {
	for _, k := range jobKinds {
		if k.audience != nil {
			all = append(all, k.kind)
		}
	}
	return all
}

// Job is work that was claimed, or is about to be written.
type Job struct {
	Kind   JobKind
	Key    string  // the request's id; of other work its name
	Cursor int     // of an audience: Seq of the last event that it was told of; 0 = none
	Req    Request // the request, as it was when the job was claimed
}

// Audience is what new events of a request mean for one of its audiences.
type Audience struct {
	Kind  JobKind
	Due   bool          // the audience has to be told
	After time.Duration // how long to hold that back
	Told  bool          // it was told of all events before the write
}

// Audiences are the audiences that a request's new events concern, and what they mean for each.
func (r *Revision) Audiences() (all []Audience) {
	if len(r.NewEvents) == 0 {
		return nil
	}
	for _, k := range jobKinds {
		if k.audience != nil && (k.exists == nil || k.exists(r)) {
			a := Audience{Kind: k.kind}
			if a.Told = r.Told == k.kind; !a.Told {
				a.Due, a.After = k.audience(r)
			}
			all = append(all, a)
		}
	}
	return all
}

// Handover has a write that makes jobs due claim them for a worker in the same transaction, which saves
// the worker a claim. A job that somebody has claimed already, or that only another worker may take, is not handed over.
//
// The claims exist only where the write returned without an error. Where its answer is lost although it
// landed, the store gives them back if it can, and else the lease ends by itself.
type Handover struct {
	Worker string
	Lease  time.Duration
	Kinds  []JobKind // of which the worker has a free place each

	Jobs []Job // what was claimed, set by a write that returned without an error
}

// Has reports whether a job of this kind was claimed.
func (h *Handover) Has(kind JobKind) bool {
	return h != nil && slices.ContainsFunc(h.Jobs, func(j Job) bool { return j.Kind == kind })
}

// Take sets what was claimed. A store calls it once its write has landed and is about to return.
func (h *Handover) Take(r Request, jobs []Job) {
	for _, j := range jobs {
		j.Req = r
		h.Jobs = append(h.Jobs, j)
	}
}

// Queue is everything that has to be done at some time: the next step of a request, the next words for
// one of its audiences, and periodic work. Each job is handed out to one worker at a time. A claim is
// no fact: it is written without waiting for the disk, and losing one costs a moment.
type Queue interface {
	// Claim hands out up to n due jobs of a kind, those longest overdue first, and hands them to no
	// other worker until Finish or Release, or until the lease ends. It returns none if nothing is due. A
	// step that only one worker may take (see [Request.StepHolder]) is handed to no other.
	Claim(ctx context.Context, kind JobKind, worker string, lease time.Duration, n int) ([]Job, error)

	// Renew extends claims of worker that have not ended to lease from now. A claim that worker does
	// not know about, because the answer to Claim or Release was lost, is not renewed and so ends by
	// itself.
	Renew(ctx context.Context, worker string, lease time.Duration, kind JobKind, keys []string) error

	// Release ends worker's claim and changes nothing else, not even when the job is due. It is no
	// error if the claim has already ended.
	Release(ctx context.Context, worker string, j Job) error

	// Finish ends worker's claim of an audience's job, or of one that is no request's, and moves the cursor forward to told, never
	// back. The job is due again at next, as when a card is to be redrawn without news; zero means that
	// the audience knows everything. But if the request has more events than when it was claimed, the
	// job stays due when those events made it due, whatever next says, because the card has to show
	// them; more reports that. It fails with ErrStale if worker has lost the claim.
	Finish(ctx context.Context, worker string, j Job, told int, next time.Time) (more bool, err error)

	// Schedule makes a job of no request due at a time, unless it is due earlier.
	Schedule(ctx context.Context, kind JobKind, key string, at time.Time) error

	// Next is when worker can claim the earliest job of any kind, zero if there is none.
	Next(ctx context.Context, worker string) (time.Time, error)

	// Changes receives a value when another process may have created work that is due. It is
	// only a hint, which can be late or missing, so callers also poll. It is nil if the store
	// has no such hints.
	Changes() <-chan struct{}
}
