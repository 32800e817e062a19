// Package bot is the conversation: from a command to an erased and rebuilt machine, told to
// the end. This package only puts the rooms together; each of them is a package below it.
//
// A tour, in the order things happen:
//
//	slackio     brings what people do from Slack, and takes there what is said
//	intake      a command, a press or a form is judged and written down; only then is it acknowledged
//	judge       who may: by the lists, then by facts, and once more just before the call
//	requests    a decision becomes one swap in the ledger, a line in the log, and a wake-up
//	worker      what is due is claimed, by as many places as are free, and kept from others meanwhile
//	execute     the one next step of a request: find the machine, post the card, remind, look again
//	            at people and machine, call Graph once, keep its answer, watch until the end shows
//	notify      the card is redrawn and the thread continued, by a cursor over the ledger's events
//	words       the sentences people read
//
//	command     what people type, read into an order
//	ledger      what was asked, decided and done, and which change may follow which
//	causes      what Slack, Graph and Entra answer instead of doing what the bot asked
//	cooldown    the rests that they ask for
//	config, ops the environment, and the program around the bot
//	demo        one conversation with the fakes, for whoever has no account
//
// The program is level-triggered: there is no queue beside the ledger that could disagree
// with it, and a restart needs no recovery code, because looking at the ledger is all
// that ever happens.
//
// What it promises: at most one call to Graph for an approval, whatever dies and however
// often Slack repeats itself; and a story that goes on until there is an end, or that
// says plainly that the end is not known. What it cannot do: prove that an erase whose
// answer was lost did not happen. It says so, and leaves that to people.
package bot
