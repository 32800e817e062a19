package words

import (
	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
)

// Help says what the reader can do, with an example. selfService reports whether every member may reprovision a
// machine of their own.
func Help(v auth.Verdict, selfService bool) Line {
	switch {
	case v.Reason == auth.IsMember:
		return helpForMembers()
	case !v.Allowed && v.Reason != auth.Unknown:
		return MayNot(v)
	}
	line := Say("*Reprovision a Cloud PC:* erase it and rebuild it. This cannot be undone. `/reprovision` alone opens a form; or type\n")
	admin := v.Reason != auth.IsRequester
	line += code(syntax(reader{admin: admin, listed: true, selfServed: selfService})) +
		Say("\n`&lt;pc&gt;` is a Cloud PC by its exact name or id, by its device's name, Intune id or Entra id, or by its user: their user name or an @mention. Put a name in quotes if it has spaces or is one of these words, as in `/reprovision \"list\"`. ") +
		Say("Without options, the machine gets the settings of its provisioning policy. `cancel` works until the request is on its way to Microsoft.")
	if selfService {
		line += Say(" `mine` is for your own Cloud PC, with your own sign-in to Microsoft.")
	}
	switch {
	case !v.Allowed:
		return line
	case admin:
		return line + Say("\n*You are an admin:* you can request, decide on requests with the buttons on their cards, and see all requests. `freeze` stops every erase that has not begun. For example: ") + example(command.Freeze)
	}
	return line + Say("\n*You can request;* an admin has to approve. You see your own requests. For example: ") + example(command.Reprovision)
}

// helpForMembers is for people who are on no list, where self-service is switched on.
func helpForMembers() Line {
	return Say("*Reprovision your own Cloud PC:* erase it and rebuild it. This cannot be undone. Type\n") + code(syntax(reader{selfServed: true})) +
		Say("\n`mine` asks you to sign in to Microsoft, and then which of your Cloud PCs you mean. `cancel` works until the request is on its way to Microsoft. You see your own requests.")
}
