package words

import (
	"cmp"
	"errors"
	"strings"

	"cloudpc-bot/bot/command"
)

// Misread says what is wrong with a command and what was probably meant.
func Misread(err error) Line {
	var e *command.Error
	if !errors.As(err, &e) {
		return Say("I could not read that. Try `/reprovision help`.")
	}
	switch e.Problem {
	case command.NearVerb, command.Buttons, command.NoVersion:
		return mistake(e) + named(e)
	}
	return mistake(e) + named(e) + "\n" + code(e.Pointer()) + Say("\n%s `/reprovision help` shows what I understand.", undone(e.Verb))
}

// named says how to write the name of a machine that may have been meant.
func named(e *command.Error) Line {
	if e.Machine == "" {
		return ""
	}
	return Say(" A Cloud PC of that name goes in quotes: `/reprovision %s`.", e.Machine)
}

// undone says what did not happen because a command was not understood.
func undone(v command.Verb) Line {
	switch v {
	case command.Reprovision, "":
		return Say("Nothing was asked.")
	case command.Freeze:
		return Say("Nothing is frozen.")
	case command.Unfreeze:
		return Say("Nothing is unfrozen.")
	case command.Cancel:
		return Say("Nothing is cancelled.")
	}
	return Say("Nothing was looked up.")
}

// nearest says what was probably meant.
func nearest(e *command.Error) Line {
	switch {
	case e.Nearest == "":
		return ""
	case e.Nearest == string(command.Cancel):
		return Say(" Did you mean `/reprovision cancel` and the id of a request, which `/reprovision list` shows?")
	case e.Verb != "":
		return Say(" Did you mean `/reprovision %s`?", e.Nearest)
	}
	return Say(" Did you mean `%s`?", e.Nearest)
}

// mistake is one sentence about what was typed.
func mistake(e *command.Error) Line {
	near, got := nearest(e), Say("`%s`", e.Got)
	wants := strings.Join(e.Want, " or ")
	switch e.Problem {
	case command.NearVerb:
		return undone(e.Verb) + near
	case command.Buttons:
		return Say("Nothing is decided. Approve and Deny are buttons on the card of a request: `/reprovision %s` leads to it.", e.Nearest)
	case command.NoVersion:
		return Say("I cannot tell my version here; `cloudpc-bot version` prints it where I run. `/reprovision help` shows what I understand.")
	case command.Style:
		if near == "" {
			return Say("An option is a key and a value with = between them; %s takes %s.", e.Key, cmp.Or(wants, "any text"))
		}
		return Say("An option is a key and a value with = between them.") + near
	case command.Filler:
		return Say("I did not understand %s.", got) + near
	case command.OwnName:
		return Say("Leave out the word %s.", got) + near
	case command.NoMachine:
		return Say("Which Cloud PC? Name it first, by its exact name or its id.")
	case command.TwoMachines:
		return Say("I see more than one machine. One command is about one Cloud PC; a name with spaces goes in quotes.") + near
	case command.PersonNotMachine:
		return Say("That is a person. Name the Cloud PC itself, by its exact name or its id.")
	case command.UnknownKey:
		return Say("I do not know the option %s; there is %s.", got, wants) + near
	case command.KeyTwice:
		return Say("The option %s is there twice. Say it once.", e.Key)
	case command.NoValue:
		if wants == "" {
			return Say("The option %s has no value.", e.Key)
		}
		return Say("The option %s has no value; it takes %s.", e.Key, wants)
	case command.UnknownValue:
		return Say("%s is no value of %s; it takes %s.", got, e.Key, wants) + near
	case command.Sentinel:
		return Say("%s is a placeholder of Graph's and cannot be asked for; %s takes %s.", got, e.Key, wants)
	case command.Unquoted:
		return Say("A value with spaces goes in quotes.") + near
	case command.Unclosed, command.Glued:
		return Say("A quote is not closed.") + near
	case command.Control:
		return Say("There is a character in it that cannot be seen (%s). Type it again by hand.", e.Got)
	case command.NoRequest:
		return Say("Which request? Name it by its id, like R-7K3F; `/reprovision list` shows them.")
	case command.NotARequest:
		return Say("%s is no id of a request; they look like R-7K3F, and `/reprovision list` shows them.", got)
	case command.Excess:
		return Say("There is more than I understand: %s.", got) + near
	case command.TooLong:
		return Say("That is too long: %s characters, and %s fit.", e.Got, wants)
	default:
		return Say("I could not read that.") + near
	}
}

// OrMachine continues an answer about a request that does not exist: the name of a machine may have
// been meant.
func OrMachine() Line {
	return Say(" If you mean a Cloud PC of that name, put the name in quotes.")
}
