package words

import (
	"strings"

	"cloudpc-bot/bot/command"
)

// verb is a row of the table of verbs: what people read of a verb. What is done is in package intake. A
// test fails if a verb has no row, or a row has an empty column.
type verb struct {
	syntax  string // behind /reprovision; where it goes on, the next line is indented
	who     who
	example string // behind /reprovision
	undone  Line   // what did not happen because a command was not understood
}

// who may use a verb.
type who int

const (
	onList     who = iota + 1 // whoever is on a list
	admins                    // on that of admins
	selfServed                // everybody, where self-service is switched on
	anybody                   // whoever may do any of these; of the requests of others only admins read
)

// reader is somebody who reads the help.
type reader struct{ admin, listed, selfServed bool }

func (by reader) may(use who) bool {
	switch use {
	case onList:
		return by.listed
	case admins:
		return by.admin
	case selfServed:
		return by.selfServed
	}
	return true
}

// verbs has a row for each verb that can be typed, and one for the machine that stands in its place.
var verbs = map[command.Verb]verb{
	command.Reprovision: {"<pc> [os=windows10|windows11]\n  [account=standardUser|administrator] [reason=\"…\"] [notify=no]", onList,
		`CPC-DAN-01 os=windows11 reason="does not start"`, "No request was made."},
	command.Status:   {"status [<request>|<pc>]", anybody, "status R-7K3F", lookedUp},
	command.List:     {"list", anybody, "list", lookedUp},
	command.History:  {"history [<pc>]", anybody, "history CPC-DAN-01", lookedUp},
	command.Cancel:   {"cancel <request>", anybody, "cancel R-7K3F", "Nothing was cancelled."},
	command.Mine:     {"mine", selfServed, "mine", "No request was made."},
	command.Freeze:   {"freeze [<why>]", admins, "freeze Intune is down", "Nothing was frozen."},
	command.Unfreeze: {"unfreeze", admins, "unfreeze", "Nothing was unfrozen."},
	command.Help:     {"help", anybody, "help", lookedUp},
}

const lookedUp = "Nothing was looked up."

// syntax are the lines of the help for what somebody may use: the request first, help last.
func syntax(by reader) string {
	var lines []string
	add := func(v command.Verb) {
		if row := verbs[v]; by.may(row.who) {
			lines = append(lines, "/reprovision "+row.syntax)
		}
	}
	add(command.Reprovision)
	for _, v := range command.Verbs() {
		if v != command.Help {
			add(v)
		}
	}
	add(command.Help)
	return strings.Join(lines, "\n")
}

// undone says what did not happen because a command was not understood. What is not known to be a verb
// stands in the place of a machine.
func undone(v command.Verb) Line {
	if row, ok := verbs[v]; ok {
		return row.undone
	}
	return verbs[command.Reprovision].undone
}

// example is a verb's example as it is typed.
func example(v command.Verb) Line { return Say("`/reprovision %s`", verbs[v].example) }
