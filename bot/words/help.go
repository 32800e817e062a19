package words

import (
	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
)

// Help says what the reader can do, with an example.
func Help(v auth.Verdict) Line {
	if !v.Allowed && v.Reason != auth.Unknown {
		return MayNot(v)
	}
	line := Say("*Reprovision a Cloud PC:* erase it and rebuild it. This cannot be undone. `/reprovision` alone opens a form; or type\n")
	admin := v.Reason != auth.IsRequester
	line += code(syntax(admin)) +
		Say("\n`&lt;pc&gt;` is a Cloud PC by its exact name or id, by its device's name, Intune id or Entra id, or by its user: their user name or an @mention. Put a name in quotes if it has spaces or is one of these words, as in `/reprovision \"list\"`. ") +
		Say("Without options, the machine gets the settings of its provisioning policy. `cancel` works until the request is on its way to Microsoft.")
	switch {
	case !v.Allowed:
		return line
	case admin:
		return line + Say("\n*You are an admin:* you can request, decide on requests with the buttons on their cards, and see all requests. `freeze` stops every erase that has not begun. For example: ") + example(command.Freeze)
	}
	return line + Say("\n*You can request;* an admin has to approve. You see your own requests. For example: ") + example(command.Reprovision)
}
