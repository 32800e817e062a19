package ledger

import "time"

// Phase is a part of a run that Graph shows. The words are stored.
type Phase string

// The phases of a run.
const (
	Erasing  Phase = "erasing"  // the old machine is being removed (Graph's status deprovisioning)
	Building Phase = "building" // the new one is being made
)

// KeepPhase stores how far Graph shows the run to be. It records no event: the card says it when it is drawn
// for another reason.
func (r *Revision) KeepPhase(p Phase) error {
	if err := r.require("keep a phase", Provisioning); err != nil {
		return err
	}
	r.Submission.Phase = p
	return nil
}

// Run is a reprovision that ended well: of what kind of machine it was, and how long it took.
type Run struct {
	PlanID, PolicyID string // Graph's ids of the machine's plan and provisioning policy
	Ended            time.Time
	Took             time.Duration // from when it began until Graph showed the machine as ready; 0 = not known
}

// RunOf is the run of a request that succeeded.
func RunOf(r Request) Run {
	run := Run{PlanID: r.Target.PlanID, PolicyID: r.Target.PolicyID, Ended: r.Ended}
	if began := r.RunBegan(); !began.IsZero() {
		run.Took = r.Ended.Sub(began)
	}
	return run
}

// RunBegan is when the run of a request began: with the call, or, where Graph first waited for somebody to
// power the machine on, when it was seen to go on. It is zero before that, and where nobody saw it.
func (r *Request) RunBegan() time.Time {
	if !r.Submission.Power.IsZero() {
		return r.Submission.Seen
	}
	return r.Submission.At
}
