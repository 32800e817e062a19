package ledger

// effect is what an event says of its request besides the state after it. An audit compares it with the
// request.
type effect int

const (
	tells   effect = iota + 1 // nothing: an outcome, or something on the way
	asks                      // who asked, for what
	shows                     // the names that were shown
	agrees                    // one approval; it decides if it was enough
	decides                   // who decided
	repels                    // nothing, not even the state: it may be an older one (AppendEvent compares no version)
)

// effects has a row for each kind of event. A test compares it with what the transitions do.
var effects = map[Kind]effect{
	WasAsked: asks, WasShown: shows, WasOffered: tells, WasPicked: tells, WasRefused: tells,
	WasApproved: agrees, WasDenied: decides, WasExplained: tells, WasCancelled: decides, WasLeft: decides,
	WasReminded: tells, WasRepelled: repels, IsWaiting: tells, WasExpired: tells, WasVoided: tells,
	WasAnnounced: tells, WasVetoed: decides, WasSubmitted: tells, HasNotActed: tells, WasAccepted: tells, WasDoubted: tells, IsUnsettled: tells,
	WasSeen: tells, IsOverdue: tells, AwaitsPower: tells, WasKept: tells,
	HasSucceeded: tells, HasFailed: tells, CameLate: tells,
	WasErasedOutside: tells, WasSignedIn: tells, WasConfirmed: tells,
}
