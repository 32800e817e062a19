package words

import "cloudpc-bot/bot/command"

// RequestText is what the request form says. All of it is plain text.
type RequestText struct {
	Title        string
	Send, Cancel string
	Close        string // where there is nothing to send
	Loading      string // in place of the fields until the person was judged
	Warning      string // above the fields
	Machine      FieldText
	TypedName    FieldText // of the machine, where it is typed and not searched for
	OS, Account  FieldText
	Reason       FieldText
	Channel      FieldText
}

// FieldText is what one field of a form says. Slack itself writes "(optional)" behind the label of a
// field that may stay empty.
type FieldText struct {
	Label, Hint, Placeholder string
	Options                  []FormOption // of a menu; the first is chosen already
}

// FormOption is a choice of a menu in a form. Its value is what the form sends; people do not see it.
type FormOption struct{ Text, Value string }

// FromPolicy is the value of the choices that leave the matter to the provisioning policy. Slack takes
// no empty value.
const FromPolicy = "policy"

// RequestForm is the form in which somebody asks for a reprovision.
func RequestForm() RequestText {
	return RequestText{
		Title:   "Reprovision a Cloud PC",
		Send:    "Send request",
		Cancel:  "Cancel",
		Close:   "Close",
		Loading: "Looking up what you may request. This takes a few seconds.",
		Warning: "Everything on the Cloud PC will be erased once the request is approved: files, apps and settings. This cannot be undone.",
		Machine: FieldText{
			Label:       "Cloud PC",
			Hint:        "Type a part of its name, its device's name or its user's name.",
			Placeholder: "Search for a Cloud PC",
		},
		TypedName: FieldText{
			Label:       "Cloud PC",
			Hint:        "Its exact name, as Intune shows it, or its Cloud PC id.",
			Placeholder: "CPC-…",
		},
		OS: FieldText{
			Label:   "Operating system",
			Options: []FormOption{{"From the provisioning policy", FromPolicy}, {"Windows 11", string(command.Windows11)}, {"Windows 10", string(command.Windows10)}},
		},
		Account: FieldText{
			Label:   "User account type",
			Options: []FormOption{{"From the provisioning policy", FromPolicy}, {"Standard user", string(command.StandardUser)}, {"Administrator", string(command.Administrator)}},
		},
		Reason: FieldText{
			Label: "Reason",
			Hint:  "Everyone who can see the request can read this.",
		},
		Channel: FieldText{
			Label:       "Channel",
			Hint:        "Where the request is posted. I have to be a member of it.",
			Placeholder: "Choose a channel",
		},
	}
}
