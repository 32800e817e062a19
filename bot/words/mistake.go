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
		return Say("I can't read that. Try `/reprovision help`.")
	}
	switch e.Problem {
	case command.NearVerb, command.Buttons, command.NoVersion:
		return mistake(e) + named(e)
	}
	return mistake(e) + named(e) + "\n" + code(e.Pointer()) + Say("\n%s `/reprovision help` shows what you can type.", undone(e.Verb))
}

// MisreadMachine says what is wrong with a machine that was typed into a form.
func MisreadMachine(err error) Line {
	var e *command.Error
	switch {
	case !errors.As(err, &e), e.Problem == command.NoMachine:
		return Say("Which Cloud PC? Give its exact name or id, or its user.")
	case e.Problem == command.BarePerson:
		return Say("I can't tell who %s is. Give the user name they sign in with, or the name of the Cloud PC.", e.Got)
	}
	return mistake(e)
}

// named says how to write the name of a machine that may have been meant.
func named(e *command.Error) Line {
	if e.Machine == "" {
		return ""
	}
	return Say(" If a Cloud PC has that name, put it in quotes: `/reprovision %s`.", e.Machine)
}

// nearest says what was probably meant.
func nearest(e *command.Error) Line {
	switch {
	case e.Nearest == "":
		return ""
	case e.Nearest == string(command.Cancel):
		return Say(" Did you mean `/reprovision cancel` with the id of a request? `/reprovision list` shows the ids.")
	case e.Verb != "":
		return Say(" Did you mean `/reprovision %s`?", e.Nearest)
	}
	return Say(" Did you mean `%s`?", e.Nearest)
}

// mistake is one sentence about what was typed.
func mistake(e *command.Error) Line {
	near, got := nearest(e), Say("`%s`", e.Got)
	wants := listed(e.Want, "or")
	switch e.Problem {
	case command.NearVerb:
		return undone(e.Verb) + near
	case command.Buttons:
		return Say("Nothing was decided. Approve or deny with the buttons on the request's card: `/reprovision %s` links to it.", e.Nearest)
	case command.NoVersion:
		return Say("I can't show my version in Slack; whoever runs this bot can, with `cloudpc-bot version`. `/reprovision help` shows what you can type.")
	case command.Style:
		if near == "" {
			return Say("Write options as key=value; %s can be %s.", e.Key, cmp.Or(wants, "any text"))
		}
		return Say("Write options as key=value.") + near
	case command.Filler:
		return Say("I don't understand %s.", got) + near
	case command.OwnName:
		return Say("Leave out the word %s.", got) + near
	case command.NoMachine:
		return Say("Which Cloud PC? Begin with its exact name or id.")
	case command.TwoMachines:
		return Say("That looks like more than one machine. Name one Cloud PC per command, and put a name with spaces in quotes.") + near
	case command.PersonNotMachine:
		return Say("That is a person. Give the name or id of their Cloud PC, or the user name they sign in to it with.")
	case command.BarePerson:
		return Say("I can't tell who %s is. Choose the person from the list that Slack shows while you type @, or give the name of the Cloud PC.", got)
	case command.UnknownKey:
		return Say("There is no option %s; the options are %s.", got, listed(e.Want, "and")) + near
	case command.KeyTwice:
		return Say("%s is given twice.", e.Key)
	case command.NoValue:
		if wants == "" {
			return Say("%s needs a value.", e.Key)
		}
		return Say("%s needs a value: %s.", e.Key, wants)
	case command.UnknownValue:
		return Say("%s cannot be %s; it can be %s.", e.Key, got, wants) + near
	case command.Sentinel:
		return Say("%s is a placeholder that Microsoft does not accept; %s can be %s.", got, e.Key, wants)
	case command.Unquoted:
		return Say("Put a value with spaces in quotes.") + near
	case command.Unclosed, command.Glued:
		return Say("A quote is not closed.") + near
	case command.Control:
		return Say("It contains an invisible character (%s). Type it again by hand.", e.Got)
	case command.NoRequest:
		return Say("Which request? Give its id, such as R-7K3F; `/reprovision list` shows the ids.")
	case command.NotARequest:
		return Say("%s is not the id of a request. An id looks like R-7K3F; `/reprovision list` shows them.", got)
	case command.Excess:
		return Say("I don't understand this part: %s.", got) + near
	case command.TooLong:
		return Say("That is too long: %s characters, and the limit is %s.", e.Got, wants)
	default:
		return Say("I can't read that.") + near
	}
}

// listed are words as a sentence lists them: a, b or c.
func listed(all []string, last string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " " + last + " " + all[len(all)-1]
}

// OrMachine continues an answer about a request that does not exist: the name of a machine may have
// been meant.
func OrMachine() Line {
	return Say(" If you mean a Cloud PC with that name, put the name in quotes.")
}
