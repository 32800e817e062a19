// Package ledger records what was asked, decided and done, and defines which change of a
// request may follow which.
//
//	resolving    ▶ pending | approved (no approval needed) | refused | cancelled
//	pending      ▶ approved | denied | cancelled | expired | voided (the requester's own sign-in is over)
//	approved     ▶ submitting | denied | cancelled | expired | voided
//	submitting   ▶ provisioning | failed (refused) | approved (Graph proved that it did not act) | unconfirmed
//	             | expired (it did not act, and asks to wait for longer than the approval lasts)
//	provisioning ▶ succeeded | failed (build) | failed (unfinished: an admin closed it, overdue and not seen to run)
//	unconfirmed  ▶ provisioning | failed (refused) | failed (unproven: an admin closed it as unresolved)
//
// Each kind of event is recorded by these transitions:
//
//	asked        ◀ New
//	offered      ◀ Offer
//	signed-in    ◀ SignIn
//	confirmed    ◀ Confirm
//	picked       ◀ Pick
//	refused      ◀ Refuse
//	shown        ◀ Show
//	repelled     ◀ Repelled
//	reminded     ◀ Remind | RemindDaily
//	approved     ◀ Approve
//	denied       ◀ Deny
//	explained    ◀ Explain
//	cancelled    ◀ Cancel
//	waiting      ◀ Rest | Wait
//	expired      ◀ Expire | Answer
//	voided       ◀ Void
//	announced    ◀ Announce | NoticeRefused
//	vetoed       ◀ Veto
//	submitted    ◀ Submit
//	held         ◀ Answer
//	accepted     ◀ Answer | Evidence
//	doubted      ◀ Answer | LeaveUnconfirmed
//	unsettled    ◀ GiveUpEvidence
//	left         ◀ Leave | CloseUnfinished
//	awaits-power ◀ AwaitPower
//	seen         ◀ SeeRun
//	overdue      ◀ CallOverdue
//	kept         ◀ Keep
//	succeeded    ◀ Succeed
//	failed       ◀ Answer | FailBuild
//	came-late    ◀ Answer
//	erased-outside ◀ OutsideErase
//
// What people are told of each is the table in package words; what it says of its request, which an
// audit compares, is in effects.go.
//
// A change has three steps. Deciding is a pure computation on a [Revision] of a request: the methods
// in this package, which do no I/O. Storing is one compare-and-swap, [Store.Replace], which
// also appends the events of the decision. Acting happens once, after the swap. Correctness
// rests on the swap alone: claims and leases only keep two workers from wasting effort on
// the same request.
//
// What has to be done at some time is one queue, see [Queue]: a request's next step, and the next
// words for each of its audiences, which has a cursor of its own over the events. They are claimed
// separately, so a slow Slack never delays a step, and after a restart the thread continues where it
// stopped.
//
// What was done past this bot is an event of no request, see [Outside].
//
// All events are links of one hash chain, see [Link]; what people wrote is stored beside the
// chain and can be erased, see [Redactor]. Anyone who can write to the database can rewrite the whole chain.
// Only a [Receipt] kept outside the database reveals that: the last reply in every request's
// thread carries one.
//
// Stored requests and events have types of their own (rows.go), so that names in Go can change
// while rows of earlier versions stay readable.
//
// What the ledger cannot know is what Graph did when no answer came. That is the state
// unconfirmed, and nothing in this package leads from it to a second call.
package ledger
