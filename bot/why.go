package bot

import (
	"fmt"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// why is a cause in a sentence, with what can be done about it.
func why(c ledger.Cause) Line {
	graphSays := say("Graph says %s", answer(c))
	switch c.Code {
	case ledger.NoSuchPC:
		return say("I do not know a Cloud PC called %s. Use its exact name or its id, as the Intune admin center shows it under Devices, Windows 365.", c.Detail)
	case ledger.ManyPCs:
		return say("Several Cloud PCs bear that name. Use the id of the one you mean: %s.", c.Detail)
	case ledger.WrongState:
		return stateForbids(c)
	case ledger.PassingState:
		if c.Detail == "" || c.Detail == "unknownFutureValue" {
			return say("Graph does not name the machine's state at the moment, and only one that is provisioned or failed can be reprovisioned.")
		}
		return say("The machine is %s at the moment, and only one that is provisioned or failed can be reprovisioned.", stateName(c.Detail))
	case ledger.UnderWay:
		return say("Graph shows a reprovision of this machine that has not ended (%s). I send no second one beside it.", c.Detail)
	case ledger.StillRuns:
		return say("Graph shows that it goes on: %s.", c.Detail)
	case ledger.NeverEnded:
		return say("Graph accepted it and never showed the end.")
	case ledger.WithWarnings:
		return say("Graph has warnings: %s.", c.Detail)
	case ledger.LooksRebuilt:
		return say("it has a new device identity. Without Graph's beta (GRAPH_BETA=false) I cannot see more than that.")
	case ledger.TooOld:
		return say("I could not look at it within ten minutes of the command. Ask again if it is still wanted.")
	case ledger.Taken:
		return say("%s is already about this machine. Wait for its end.", c.Detail)
	case ledger.MayNotPost:
		return say("I may not post there (%s). Invite me with `/invite`, or ask in a channel that I am in.", c.Detail)
	case ledger.SlackSilent:
		return say("Slack did not take my card for ten minutes. Please ask again.")
	case ledger.GraphSilent:
		return say("Microsoft Graph does not answer as it should (%s).", answer(c))
	case ledger.Forbidden:
		return graphSays + say(". My app registration needs the application permission CloudPC.ReadWrite.All with admin consent: an Entra administrator grants it under App registrations, API permissions. Then ask again.")
	case ledger.Throttled:
		return say("Microsoft Graph asks me to slow down (%s).", answer(c))
	case ledger.NoToken:
		return say("Entra gives me no token at the moment, so I can not reach Graph.")
	case ledger.BadIdentity:
		return say("Entra rejects my identity: its secret or certificate is wrong or has expired, or the app is gone. Whoever runs me has to renew it (AZURE_*).")
	case ledger.NotSent:
		return say("Microsoft Graph could not be reached, and nothing was sent.")
	case ledger.LostAnswer:
		if c.Status != 0 {
			return say("the call went out, and the answer does not tell (%s).", answer(c))
		}
		return say("the call went out, and no answer came.")
	case ledger.Interrupted:
		return say("I was stopped while the call was going out.")
	case ledger.Drift:
		return say("the machine is no longer the one that was shown. %s.", c.Detail)
	case ledger.NoLongerMay:
		return say("%s is no longer allowed to ask for it or to approve it.", auth.Person{ID: c.Detail})
	case ledger.Frozen:
		return say("everything is frozen by %s, until an admin types `/reprovision unfreeze`.", auth.Person{ID: c.Detail})
	case ledger.TooMany:
		if c.Detail == "" {
			return say("as many machines were wiped within an hour as are allowed per hour (MAX_PER_HOUR).")
		}
		return say("%s stands behind as many wipes as one person may per hour (MAX_PER_ADMIN_PER_HOUR).", auth.Person{ID: c.Detail})
	case ledger.Unjudged:
		return say("Slack does not tell me who the people behind this are, or where this card stands.")
	case ledger.MoreNeeded:
		return say("more approvals are needed now than it has.")
	case ledger.OutsideNow:
		return say("this channel is shared with another organisation, or about to be.")
	case ledger.Waited:
		return say("nobody could act on it in time.")
	case ledger.NotBegun, ledger.BuildFailed:
		return say("Graph reports: %s.", c.Detail)
	case ledger.GraphRefused:
		switch c.Status {
		case 400:
			return graphSays + say(". It did not like the request itself; the options may not fit this machine. Try it without options, or look at the machine in the Intune admin center.")
		case 401:
			return graphSays + say(". It does not accept my token. Whoever runs me has to look at the app registration and at GRAPH_URL.")
		case 404:
			return graphSays + say(". The machine is gone, or hidden from me. Look for it in the Intune admin center and ask again by its id.")
		case 409:
			return graphSays + say(". The machine is busy with something else. Wait until it is done, then ask again.")
		}
		return graphSays + say(". Look at the machine in the Intune admin center before you ask again.")
	default:
		return graphSays + "."
	}
}

// stateForbids says why a machine in its state is not reprovisioned, and the way out.
func stateForbids(c ledger.Cause) Line {
	switch c.Detail { // Graph's cloudPcStatus
	case "inGracePeriod":
		when := Line("")
		if !c.Until.IsZero() {
			when = say(", until %s", c.Until)
		}
		return say("The machine is in its grace period") + when + say(": its licence or its provisioning policy was taken away, and then it is removed. Give it back, wait until the machine is provisioned again, and ask again.")
	case "pendingProvision":
		return say("The machine waits for a licence. Assign one, wait until it is provisioned, and ask again.")
	case "notProvisioned":
		return say("There is no machine yet: no provisioning policy reaches its user. Assign one, wait until it is provisioned, and ask again.")
	case "resizePendingLicense":
		return say("The machine waits for somebody's decision on the licence of its resize. Decide it in the Intune admin center, then ask again.")
	case "deprovisioning":
		return say("The machine is being removed, so there is nothing to reprovision.")
	case "", "unknownFutureValue":
		return say("Graph does not name the machine's state, and only one that is provisioned or failed can be reprovisioned. Look at it in the Intune admin center, under Devices, Windows 365.")
	}
	return say("The machine is %s, and only one that is provisioned or failed can be reprovisioned. Look at it in the Intune admin center, under Devices, Windows 365.", stateName(c.Detail))
}

// answer is what an operator needs to find a call again.
func answer(c ledger.Cause) string {
	var parts []string
	if c.Status != 0 {
		parts = append(parts, fmt.Sprint(c.Status))
	}
	if c.Detail != "" {
		parts = append(parts, c.Detail)
	}
	if c.RequestID != "" {
		parts = append(parts, "request-id "+c.RequestID)
	}
	if len(parts) == 0 {
		return "no answer"
	}
	return strings.Join(parts, ", ")
}

// stateName is Graph's status in words.
func stateName(status string) string {
	var b strings.Builder
	for _, r := range status {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
