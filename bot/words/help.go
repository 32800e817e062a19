package words

import (
	"cloudpc-bot/auth"
)

// Help answers help: the commands that the reader may use.
func Help(v auth.Verdict) Line {
	if !v.Allowed && v.Reason != auth.Unknown {
		return MayNot(v)
	}
	text := "/reprovision <pc> [os=windows10|windows11]\n  [account=standardUser|administrator] [reason=\"…\"]\n" +
		"/reprovision status [<request>|<pc>]\n/reprovision list\n/reprovision history [<pc>]\n" +
		"/reprovision cancel <request>\n"
	if v.Reason != auth.IsRequester {
		text += "/reprovision freeze [<why>]\n/reprovision unfreeze\n"
	}
	return Say("*Reprovision a Cloud PC.* It wipes the machine and builds it anew; there is no undo.\n") +
		code(text+"/reprovision help") +
		Say("\n`&lt;pc&gt;` is a Cloud PC's id or its exact name, in quotes where it has spaces or looks like one of these words: `/reprovision \"list\"` asks for a machine called list. Without options the machine becomes what its policy says. ") +
		Say("`cancel` works until the call to Graph is out; `freeze` holds every call that is not.")
}
