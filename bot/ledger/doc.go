// Package ledger remembers what was asked, decided and done, and decides which
// change of a request may follow which.
//
//	resolving    ▶ pending | approved (no approval needed) | refused | cancelled
//	pending      ▶ approved | denied | cancelled | expired
//	approved     ▶ submitting | denied | cancelled | expired | voided
//	submitting   ▶ provisioning | failed (refused) | approved (Graph proved that it did not act) | unconfirmed
//	             | expired (it did not act, and asks to wait for longer than the approval lasts)
//	provisioning ▶ succeeded | failed (build) | failed (unfinished: an admin closed it, overdue and not seen to run)
//	unconfirmed  ▶ provisioning | failed (refused) | failed (unproven: an admin left it at that)
//
// A change is three moments. Deciding is arithmetic on a [Request]: the methods
// in this package, which touch nothing else. Remembering is one compare-and-swap,
// [Store.Replace], which also appends the events that the decision made. Doing
// happens once, after the swap. Correctness rests on the swap alone: claims and
// leases only keep two workers from wasting effort on one request.
//
// Telling has a cursor of its own over the events, claimed apart from the deed,
// so a slow Slack never delays a deed and a restart continues the sentence.
//
// All events are links of one chain of hashes, see [Link]; what people wrote lies beside
// it and can be erased. Who can write the database can write the whole chain anew, and
// only a [Receipt] that was kept elsewhere shows that: the last reply of every request is one.
//
// Requests and events rest in forms of their own (rows.go), which outlive the names used here.
//
// What a ledger cannot know is what Graph did when no answer came. That is the
// state unconfirmed, and nothing in here ever leads from it to a second call.
package ledger
