package intake

import (
	"context"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// Shortcut is the global shortcut "Reprovision a Cloud PC". Slack does not say where it was used.
type Shortcut struct {
	Interaction ledger.Interaction
	By          auth.Person
}

// Opening is a request form on its way to the screen. Slack opens a form only within 3 s of the
// interaction, so it is opened empty, and filled in once the person was judged.
type Opening struct {
	// Fill judges the person, and returns what the form shows from then on. It may take a few seconds.
	Fill func(context.Context) RequestForm
	// Typed is what is whispered instead where the form cannot be opened in time.
	Typed words.Line
}

// RequestForm is the form in which somebody asks for a reprovision.
type RequestForm struct {
	Says       words.Line    // stands above the fields; "" = nothing. Alone it is all that the form shows
	Closed     bool          // there are no fields, only what it says
	Channel    string        // where it was opened; "" = by the shortcut
	AskChannel bool          // it asks for the channel of the card
	Menu       bool          // the machine is searched for in a menu; else its exact name is typed
	Order      command.Order // what was typed already, and is filled in
	WantReason bool          // a reason is required
}

// Field is a field of a form.
type Field string

// The fields of the request form, and of the one that confirms a machine.
const (
	FieldMachine Field = "machine"
	FieldOS      Field = "os"
	FieldAccount Field = "account"
	FieldReason  Field = "reason"
	FieldChannel Field = "channel"

	FieldName Field = "name" // of the form that confirms a machine
)

// Submission is a request form that was sent. Everything in it is a claim by the client, except By.
type Submission struct {
	Interaction ledger.Interaction // its View is the form's id: sending the form twice is one request
	By          auth.Person
	Channel     string // where the form was opened, or what was chosen in it
	Machine     string // a Cloud PC id from the menu, or what was typed
	OS          string
	Account     string
	Reason      string
}

// Search is what somebody has typed into the form's menu of machines so far.
type Search struct {
	By   auth.Person
	Text string
}

// Choice is a machine in the form's menu.
type Choice struct {
	ID    string // of the Cloud PC
	Name  string // plain; at most 75 characters
	About string // plain; user, device, status; at most 75 characters
}
