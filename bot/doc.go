// Package bot puts the parts of the bot together: from a command in Slack to an erased and
// rebuilt Cloud PC, followed to the end. Each part is a package below this one.
//
// In the order in which things happen:
//
//	slackio     takes commands, presses and forms from Slack; posts cards, replies and private messages
//	intake      judges and stores an interaction; only then is it acknowledged
//	judge       decides who may: by the lists, then by facts, and once more just before the call
//	requests    makes a decision one swap in the ledger, one line in the log, and a wake-up
//	worker      claims what is due and keeps it from other workers meanwhile
//	execute     does the next step of a request: finds the machine or has the requester pick one, posts the card, reminds, checks
//	            people and machine again, calls Graph once, stores its answer, watches until the end shows;
//	            beside all requests, reads the tenant's audit log for what was done past this bot; of self-service,
//	            has people sign in, and makes the call with their own token
//	notify      redraws the card and continues the thread, by a cursor over the ledger's events; by another
//	            one tells the approval channel what was done past this bot
//	words       has every sentence that people read
//
// Beside them:
//
//	command     reads what people type
//	ledger      stores what was asked, decided and done, and says which change may follow which
//	causes      explains what Slack, Graph and Entra answer instead of doing what was asked
//	cooldown    remembers for how long a service asked to be left alone
//	metrics     counts what happens, for Prometheus
//	config, ops read the environment, and run the program around the bot
//	demo        lets people try the bot between the fakes, slackfake and graph/graphfake, on a page or in one conversation
//	blockkit    draws cards as Slack does, for the page and for pictures
//
// # Words
//
//	interaction     what somebody does in Slack: a command, a press of a button, a form (Slack's word)
//	response        what an interaction is answered with
//	request         one ask to reprovision one Cloud PC, by an id that people can type
//	card            the root message of a request, with the buttons; its thread has the story
//	whisper         an ephemeral message, for one person
//	job             what has to be done at some time: a request's next step, the next words for an audience,
//	                the next reading of the audit log
//	queue           all jobs, in the ledger; each kind has places of its own
//	handover        a write claims for its worker the jobs that it makes due
//	revision        a request as it is to be stored next, and what the swap has to know besides
//	execution       the next step of a request, done by one worker
//	notification    what people are told of a request's events, by a cursor of its own
//	claim, lease    a worker keeps a request from others, for a while; correctness never rests on it
//	in flight       claimed, and being worked on
//	swap            a compare-and-swap of a request on its version, with the events that it appends
//	store           a database with the ledger in it: SQLite or PostgreSQL
//	dedup key       what tells an interaction from its redelivery
//	directory       the names of the tenant's machines, in memory, for the form and for near names; nothing is decided by it
//	pick            the choice of one of several machines that fit what was typed; the ledger keeps them
//	drift           a difference between the machine that was approved and the machine as it is
//	brakes, budget  brakes: a switch that stops every call to Graph not yet sent; budget: how many may be sent in an hour
//	self-service    people reprovision a machine of their own, with a sign-in of their own
//	sign-in         somebody's own in Entra, by a code; it is in the memory of one process, its holder, which alone
//	                takes the steps of the request that needs it
//	outside erase   a machine was reprovisioned past this bot: the tenant's audit log has it, and no submission
//	                in the ledger explains it, whatever actor the log names
//	unconfirmed     nobody knows whether Graph acted; it is never called a second time for the same approval
//	receipt         twelve digits of the hash chain, shown in the thread; audit checks them
//	cooldown        a pause that a service asked for; back-off is the bot's own
//	redaction       erasing what people wrote, and names, from a request that has ended; the record of who decided stays
//	talk script     a test that is a conversation: testdata/talk
//
// # Goroutines
//
// [Bot.Run] owns all of them, and returns when they have ended:
//
//	slackio: two sockets (supervise), a reader for each, one handler for each envelope in flight
//	worker:  a claim loop for each kind of job, a goroutine for each batch in flight (at most 40 jobs
//	         of each kind); lease renewal, heartbeat, and waiting for other processes' changes
//	intake:  one for each interaction that the ledger has not answered; its late answer
//	execute: one that reads the names of all machines, when somebody searches and they are old; two for each
//	         sign-in, until its request needs it no more; one that ends requests whose process is gone
//	sqlite:  one writer, owned by the store; postgres: one listener, owned by the store
//
// # Design
//
// The program is level-triggered: there is no queue beside the ledger that could disagree
// with it, and a restart needs no recovery code, because a worker only ever looks at the
// ledger and does the one next thing.
//
// It promises at most one call to Graph for an approval, whatever dies and however often Slack
// repeats itself, and a story that goes on until there is an end, or that says plainly that the
// end is not known. It cannot prove that an erase whose answer was lost did not happen. It says
// so, and leaves that to people.
//
// # What it costs
//
// One request needs, asserted by tests that count (cheap_test.go, cheap_syncs_test.go):
//
//	Graph   3 calls to find and preview, 2 to act; then one for up to 20 machines every FOLLOW_INTERVAL
//	Slack   at most 4 posts, 3 redraws on the way and 1 at the end; 3 look-ups just before the call; with
//	        NOTIFY_OWNER 3 messages and 1 look-up more, and at most 4 redraws that show progress
//	SQLite  9 syncs to disk alone, 13 with NOTIFY_OWNER (12 and 17 are asserted, because a busy machine may
//	        tell events one by one); 1.4 to 4.3 each of forty together (asserted: 5 and 6)
//
// Measured on two cores of a virtual machine, 100 machines in the tenant, the fakes on the same cores, SLACK_PACE=0
// and NOTIFY_OWNER=false, beside an app on Bolt for JavaScript 5 with the same card, buttons and POST that keeps
// nothing on disk, checks nobody and reads Graph once (command, card, press, POST, redraw, reply):
//
//	               1 in flight   64 in flight   acknowledged after          resident
//	this bot       16 ms         131 a second   1.4 to 2.1 ms, 24 to 30     34 to 45 MB
//	Bolt           6 ms          380 a second   0.7 to 0.9 ms, 17 to 18     130 to 200 MB
//
// Of this bot's 9 ms of processor time for a flow, 31 % is JSON, half of it what Graph says about the machines that
// are searched, 22 % SQLite, 20 % HTTP and TLS for eight calls more, and 17 % the bot itself. GOGC=200 makes 10 to 25 %
// more flows of it, for half as much memory again.
//
// With a million ended requests, against a hundred thousand (make bench GROWTH=1000000), a new request costs 1.4 times as
// much, a claim of due work no more, a list 6 times, and opening the ledger 14 ms. Ten thousand requests that wait, with
// as many machines, hold 80 MB resident with GOGC=200.
package bot
