// Package bot is the conversation: from a command to a wiped and rebuilt machine, told to
// the end.
//
// A tour, in the order things happen:
//
//	ask.go      a command comes in, is judged, and is written down; only then is it acknowledged
//	shift.go    what is due is claimed, by as many hands as are free; wake.go says when to look
//	work.go     a request's state is looked at, and the one next thing done
//	resolve.go  the machine is found and taken, the card is posted
//	pending.go  people are reminded of it, or its time is over
//	click.go    a button is pressed: judged, decided by one swap, and only then acknowledged
//	judge.go    who may: by the lists, then by facts, once more just before the deed
//	submit.go   people and machine are looked at once more; the call is written down, sent once, and its answer kept
//	follow.go   the machine is watched until Graph shows the end of this run, or evidence of a run in doubt
//	narrate.go  the card is redrawn and the thread continued, by a cursor over the ledger's events
//	answer.go   what list, cancel, freeze and unfreeze are answered with
//	history.go  what history and status are answered with, by request or by machine
//	page.go     a long answer comes in pages, and their buttons lead on
//	words.go    the sentences people read, with story.go (cards and threads), recall.go (what has been) and why.go (causes)
//
// The program is level-triggered: there is no queue beside the ledger that could disagree
// with it, and a restart needs no recovery code, because looking at the ledger is all
// that ever happens.
//
// What it promises: at most one call to Graph for an approval, whatever dies and however
// often Slack repeats itself; and a story that goes on until there is an end, or that
// says plainly that the end is not known. What it cannot do: prove that a wipe whose
// answer was lost did not happen. It says so, and leaves that to people.
package bot
