package words

import (
	"cloudpc-bot/auth"
)

// Help says what the reader can do, with an example.
func Help(v auth.Verdict) Line {
	if !v.Allowed && v.Reason != auth.Unknown {
		return MayNot(v)
	}
	line := Say("*Reprovision a Cloud PC:* erase it and rebuild it. This cannot be undone.\n")
	admin, text := v.Reason != auth.IsRequester, "/reprovision <pc> [os=windows10|windows11]\n  [account=standardUser|administrator] [reason=\"…\"]\n"+
		"/reprovision status [<request>|<pc>]\n/reprovision list\n/reprovision history [<pc>]\n/reprovision cancel <request>\n"
	if admin {
		text += "/reprovision freeze [<why>]\n/reprovision unfreeze\n"
	}
	line += code(text+"/reprovision help") +
		Say("\n`&lt;pc&gt;` is the exact name or id of a Cloud PC. Put a name in quotes if it has spaces or is one of these words, as in `/reprovision \"list\"`. ") +
		Say("Without options, the machine gets the settings of its provisioning policy. `cancel` works until the request is on its way to Microsoft.")
	switch {
	case !v.Allowed:
		return line
	case admin:
		return line + Say("\n*You are an admin:* you can request, decide on requests with the buttons on their cards, and see all requests. `freeze` stops every erase that has not begun. For example: `/reprovision freeze Intune is down`")
	}
	return line + Say("\n*You can request;* an admin has to approve. You see your own requests. For example: `/reprovision CPC-DAN-01 os=windows11 reason=\"does not start\"`")
}
