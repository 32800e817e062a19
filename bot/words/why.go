package words

import (
	"fmt"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// causeRow is a row of the table of causes: what happened, what to do about it, and whether asking
// again can help. What a service answers is explained by package causes, from which the log takes its
// words too.
type causeRow struct {
	what  func(c ledger.Cause) Line
	do    func(c ledger.Cause) Line // nil = nothing can be done
	again causes.Again
}

// says is a fixed text.
func says(text string) func(ledger.Cause) Line {
	return func(ledger.Cause) Line { return Say("%s", text) }
}

// detailed puts the cause's Detail into format.
func detailed(format string) func(ledger.Cause) Line {
	return func(c ledger.Cause) Line { return Say(format, c.Detail) }
}

const (
	lookAtIt   = "Look at it in the Intune admin center, under Devices, Windows 365."
	tellRunner = "If it stays like this, tell whoever runs me to look at my log."
)

// reasons is the table of causes. A test fails if a cause has no row.
var reasons = map[ledger.Code]causeRow{
	ledger.NoSuchPC:     {noSuchPC, says("Use the Cloud PC's exact name or its id, as the Intune admin center shows it under Devices, Windows 365."), causes.Fixed},
	ledger.ManyPCs:      {says("Several Cloud PCs have that name."), detailed("Use the id of the one you mean: %s."), causes.Fixed},
	ledger.WrongState:   {stateForbids, wayOut, causes.Fixed},
	ledger.PassingState: {passingState, nil, causes.Passes},
	ledger.NoStatus:     {says("Graph does not show the machine's state at the moment (its beta, which did before, does not answer)."), nil, causes.Passes},
	ledger.UnderWay:     {detailed("Graph shows a reprovision of this machine that has not ended (%s). I send no second one beside it."), nil, causes.Passes},
	ledger.Taken:        {detailed("%s is already about this machine."), says("Wait for its end."), causes.Passes},
	ledger.TooOld:       {says("I could not look at it within ten minutes of the command."), nil, causes.Passes},

	ledger.MayNotPost:  {mayNotPost, whereToPost, causes.Fixed},
	ledger.OthersChat:  {says("I cannot post in a direct message between other people, nor in a group direct message."), says("Ask in a channel that I am in, or in a direct message with me."), causes.Fixed},
	ledger.NoScope:     {detailed("I lack a permission in Slack (%s)."), fromTable(causes.Slack("missing_scope")), causes.Fixed},
	ledger.SlackSilent: {says("Slack did not take my card for ten minutes."), nil, causes.Passes},
	ledger.Unjudged:    {says("Slack does not tell me who the people behind this are, or where this card stands."), nil, causes.Passes},
	ledger.OutsideNow:  {says("this channel is shared with another organisation, or about to be."), says("Ask in one that is not."), causes.Fixed},

	ledger.GraphSilent:  {graphSilent, nil, causes.Passes},
	ledger.Between:      {graphSays(causes.Foreign), fromTable(causes.Graph(0, causes.Foreign)), causes.Passes},
	ledger.Forbidden:    {graphSays("403"), fromTable(causes.Graph(403, "")), causes.Fixed},
	ledger.SecondAdmin:  {graphSays(causes.SecondAdmin), fromTable(causes.Graph(0, causes.SecondAdmin)), causes.Fixed},
	ledger.NoSuchCall:   {graphSays(causes.NoSuchCall), fromTable(causes.Graph(0, causes.NoSuchCall)), causes.Fixed},
	ledger.Options:      {graphSays(causes.Options), fromTable(causes.Graph(0, causes.Options)), causes.Fixed},
	ledger.GraphRefused: {graphSays(""), func(c ledger.Cause) Line { return Say("%s", causes.Graph(c.Status, "").Do) }, causes.Fixed},
	ledger.Throttled: {func(c ledger.Cause) Line { return Say("Microsoft Graph asks me to slow down (%s).", answer(c)) },
		nil, causes.Passes},
	ledger.NoToken: {func(c ledger.Cause) Line {
		return Say("Entra gives me no token at the moment, so I cannot reach Graph%s.", entraSays(c))
	}, entraCure, causes.Passes},
	ledger.BadIdentity: {func(c ledger.Cause) Line { return Say("Entra rejects my identity%s.", entraSays(c)) }, badIdentity, causes.Fixed},
	ledger.NotSent:     {says("Microsoft Graph could not be reached, and nothing was sent."), nil, causes.Passes},
	ledger.LostAnswer:  {lostAnswer, nil, causes.Useless},
	ledger.Interrupted: {says("I was stopped while the call was going out."), nil, causes.Useless},

	ledger.Drift: {detailed("the machine is no longer the one that was shown. %s."), nil, causes.Fixed},
	ledger.NoLongerMay: {func(c ledger.Cause) Line {
		return Say("%s is no longer allowed to ask for it or to approve it.", auth.Person{ID: c.Detail})
	}, nil, causes.Fixed},
	ledger.MoreNeeded: {says("more approvals are needed now than it has."), nil, causes.Fixed},
	ledger.Frozen: {func(c ledger.Cause) Line {
		return Say("everything is frozen by %s, until an admin types `/reprovision unfreeze`.", auth.Person{ID: c.Detail})
	}, nil, causes.Passes},
	ledger.TooMany: {tooMany, nil, causes.Passes},
	ledger.Waited:  {says("nobody could act on it in time."), nil, causes.Passes},

	ledger.BuildFailed:  {detailed("Graph reports: %s."), nil, causes.Fixed},
	ledger.NotBegun:     {detailed("Graph reports: %s."), nil, causes.Fixed},
	ledger.EvidenceOf:   {detailed("Graph shows that it acted: %s."), nil, causes.Useless},
	ledger.WithWarnings: {detailed("Graph has warnings: %s."), nil, causes.Fixed},
	ledger.LooksRebuilt: {says("it has a new device identity, and without Graph's beta (GRAPH_BETA=false) I cannot see more than that."), nil, causes.Useless},
	ledger.NeverEnded:   {says("Graph accepted it and never showed the end."), nil, causes.Fixed},
	ledger.StillRuns:    {detailed("Graph shows that it goes on: %s."), nil, causes.Passes},
}

// Why explains a cause in sentences, with what can be done about it.
func Why(c ledger.Cause) Line {
	row, ok := reasons[c.Code]
	if !ok {
		return Say("Graph says %s.", answer(c))
	}
	line := row.what(c)
	if row.do != nil {
		if do := row.do(c); do != "" {
			line += " " + do
		}
	}
	return line
}

// Cure is what can be done about a cause, for the log.
func Cure(c ledger.Cause) string {
	row := reasons[c.Code]
	if row.do == nil {
		return ""
	}
	return unescape(row.do(c))
}

// andAgain continues [Why]: it says whether asking again is of use.
func andAgain(c ledger.Cause) Line {
	row := reasons[c.Code]
	again := row.again
	if c.Code == ledger.GraphRefused {
		again = causes.Graph(c.Status, "").Again
	}
	switch {
	case again == causes.Passes:
		return Say(" Ask again in a while.")
	case again == causes.Fixed && row.do != nil:
		return Say(" Then ask again.")
	}
	return ""
}

func noSuchPC(c ledger.Cause) Line {
	if (command.Order{PC: c.Detail}).ByID() {
		return Say("I do not know a Cloud PC with the id %s. The device ids that Intune and Entra show are not ids of Cloud PCs.", c.Detail)
	}
	return Say("I do not know a Cloud PC called %s.", Literal(c.Detail))
}

// fromTable is what a row of package causes says to do.
func fromTable(row causes.Cause) func(ledger.Cause) Line { return says(row.Do) }

// graphSays is Graph's answer and what it means, by the row of package causes for code, or else for the
// HTTP status. Graph's own reason is added, as text from outside.
func graphSays(code string) func(ledger.Cause) Line {
	return func(c ledger.Cause) Line {
		line := Say("Graph says %s: %s.", answer(c), causes.Graph(c.Status, code).What)
		if c.Reason != "" {
			line += Say(" Its reason: “%s”", Plain(c.Reason, longestReason))
		}
		return line
	}
}

// longestReason is how many runes of Graph's own message people are shown.
const longestReason = 200

func graphSilent(c ledger.Cause) Line {
	return Say("Microsoft Graph does not answer as it should (%s).", answer(c))
}

func entraSays(c ledger.Cause) string {
	row := causes.Entra(c.Detail)
	if row.IsZero() {
		return ""
	}
	return " (" + c.Detail + "): " + row.What
}

func entraCure(c ledger.Cause) Line { return Say("%s", causes.Entra(c.Detail).Do) }

func badIdentity(c ledger.Cause) Line {
	if do := entraCure(c); do != "" {
		return do
	}
	return Say("Its secret or certificate is wrong or has expired, or the app is gone: whoever runs me has to renew it (AZURE_*).")
}

func lostAnswer(c ledger.Cause) Line {
	if c.Status != 0 {
		return Say("the call went out, and the answer does not tell (%s).", answer(c))
	}
	return Say("the call went out, and no answer came.")
}

func tooMany(c ledger.Cause) Line {
	if c.Detail == "" {
		return Say("as many machines were wiped within an hour as are allowed per hour (MAX_PER_HOUR).")
	}
	return Say("%s stands behind as many wipes as one person may per hour (MAX_PER_ADMIN_PER_HOUR).", auth.Person{ID: c.Detail})
}

// mayNotPost says where Slack refused the bot's message, and why.
func mayNotPost(c ledger.Cause) Line {
	line := Say("I may not post there (%s)", c.Detail)
	if c.Where != "" {
		line = Say("I may not post in %s, where approvals are asked for (%s)", channel(c.Where), c.Detail)
	}
	if row := causes.Slack(c.Detail); !row.IsZero() {
		return line + Say(": %s.", row.What)
	}
	return line + "."
}

func whereToPost(c ledger.Cause) Line {
	row := causes.Slack(c.Detail)
	switch {
	case row.Do != "":
		return Say("%s", row.Do)
	case c.Where != "":
		return Say("An admin has to invite me there, with `/invite` in %s.", channel(c.Where))
	}
	return Say("Invite me with `/invite`, or ask in a channel that I am in.")
}

func passingState(c ledger.Cause) Line {
	if c.Detail == "" || c.Detail == "unknownFutureValue" {
		return Say("Graph does not name the machine's state at the moment, and only one that is provisioned or failed can be reprovisioned.")
	}
	return Say("The machine is %s at the moment, and only one that is provisioned or failed can be reprovisioned.", StateName(c.Detail))
}

// machineStates explains the statuses of a machine that do not pass by themselves, and the way out of
// them (Graph's cloudPcStatus: learn.microsoft.com/graph/api/resources/cloudpc). For others people are
// sent to the Intune admin center.
var machineStates = map[string]struct{ what, do string }{
	"inGracePeriod":        {"its licence or its provisioning policy was taken away, and when its grace period is over it is removed", "Give it back, and wait until the machine is provisioned again."},
	"pendingProvision":     {"it waits for a licence", "Assign one, and wait until it is provisioned."},
	"notProvisioned":       {"there is no machine yet, because no provisioning policy reaches its user", "Assign one, and wait until it is provisioned."},
	"resizePendingLicense": {"its resize waits for somebody's decision on the licence", "Decide it in the Intune admin center."},
	"deprovisioning":       {"it is being removed, so there is nothing to reprovision", "Look at it in the Intune admin center, under Devices, Windows 365."},
}

func stateForbids(c ledger.Cause) Line {
	switch known, ok := machineStates[c.Detail]; {
	case ok && !c.Until.IsZero():
		return Say("The machine is %s: %s, on %s.", StateName(c.Detail), known.what, c.Until)
	case ok:
		return Say("The machine is %s: %s.", StateName(c.Detail), known.what)
	case c.Detail == "" || c.Detail == "unknownFutureValue":
		return Say("Graph does not name the machine's state, and only one that is provisioned or failed can be reprovisioned.")
	}
	return Say("The machine is %s, and only one that is provisioned or failed can be reprovisioned.", StateName(c.Detail))
}

func wayOut(c ledger.Cause) Line {
	if known, ok := machineStates[c.Detail]; ok {
		return Say("%s", known.do)
	}
	return Say(lookAtIt)
}

// answer is what an operator needs to find a call in logs: HTTP status, Graph's word, request-id.
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

// StateName is Graph's status as separate words: inGracePeriod becomes "in grace period".
func StateName(status string) string {
	var b strings.Builder
	for _, r := range status {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
