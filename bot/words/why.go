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
	do    func(c ledger.Cause) Line // [nothing] if nothing can be done
	again causes.Retry
}

// says is a fixed text.
func says(text string) func(ledger.Cause) Line {
	return func(ledger.Cause) Line { return Say("%s", text) }
}

// nothing is for causes about which nobody can do anything.
func nothing(ledger.Cause) Line { return "" }

// detailed puts the cause's Detail into format.
func detailed(format string) func(ledger.Cause) Line {
	return func(c ledger.Cause) Line { return Say(format, sentenceEnd(c.Detail)) }
}

const checkIt = "Check it in " + intune + "."

// reasons is the table of causes. A test fails if a cause has no row.
var reasons = map[ledger.Code]causeRow{
	ledger.NoSuchPC:     {noSuchPC, says("Look up its exact name or id in " + intune + "."), causes.Fixed},
	ledger.ManyPCs:      {manyPCs, says("Look up the id of the one you mean in " + intune + "."), causes.Fixed},
	ledger.NonePicked:   {says("several Cloud PCs fit, and none of them was picked within ten minutes."), nothing, causes.Passes},
	ledger.NotOffered:   {says("several Cloud PCs fit, and Slack did not let me show you which."), says("Give the id of the one you mean, or the name of its device."), causes.Fixed},
	ledger.NoEmail:      {detailed("Slack does not show me the e-mail address of %s, by which I would find their Cloud PC."), says("Give the name of the machine, or the user name they sign in to it with."), causes.Fixed},
	ledger.Protected:    {detailed("whoever runs this bot has protected %s, so I never erase it."), says("They can change that in PROTECTED."), causes.Useless},
	ledger.WrongState:   {stateForbids, wayOut, causes.Fixed},
	ledger.PassingState: {passingState, nothing, causes.Passes},
	ledger.NoStatus:     {says("Microsoft Graph does not show the machine's state right now, because its beta API is not answering."), nothing, causes.Passes},
	ledger.UnderWay:     {detailed("Microsoft shows a reprovision of this machine that is still in progress (%s). I won't start a second one."), nothing, causes.Passes},
	ledger.Taken:        {detailed("there is already a request for this machine: %s."), says("Wait until that one has ended."), causes.Useless},
	ledger.TooOld:       {says("I could not look at the machine within ten minutes of the command."), nothing, causes.Passes},

	ledger.MayNotPost:  {mayNotPost, whereToPost, causes.Fixed},
	ledger.OthersChat:  {says("I cannot post in direct messages between other people, or in group direct messages."), says("Go to a channel that I am in, or to a direct message with me."), causes.Fixed},
	ledger.NoScope:     {lacksPermission, fromTable(causes.Slack("missing_scope")), causes.Fixed},
	ledger.SlackSilent: {says("Slack did not accept the card for ten minutes."), nothing, causes.Passes},
	ledger.Unjudged:    {says("I could not check the requester, the approvers or the channel with Slack."), nothing, causes.Passes},
	ledger.OutsideNow:  {says("this channel is shared with another organisation, or about to be."), says("Use a channel that is not."), causes.Fixed},

	ledger.GraphSilent:  {graphSilent, nothing, causes.Passes},
	ledger.Between:      {between, fromTable(causes.Graph(0, causes.Foreign)), causes.Passes},
	ledger.Forbidden:    {graphSays("403"), fromTable(causes.Graph(403, "")), causes.Fixed},
	ledger.SecondAdmin:  {graphSays(causes.SecondAdmin), fromTable(causes.Graph(0, causes.SecondAdmin)), causes.Fixed},
	ledger.NoSuchCall:   {graphSays(causes.NoSuchCall), fromTable(causes.Graph(0, causes.NoSuchCall)), causes.Fixed},
	ledger.Options:      {graphSays(causes.Options), fromTable(causes.Graph(0, causes.Options)), causes.Fixed},
	ledger.GraphRefused: {graphSays(""), func(c ledger.Cause) Line { return Say("%s", causes.Graph(c.Status, "").Do) }, causes.Fixed},
	ledger.Throttled: {func(c ledger.Cause) Line { return Say("Microsoft Graph asked me to slow down (%s).", answer(c)) },
		nothing, causes.Passes},
	ledger.NoToken: {func(c ledger.Cause) Line {
		return Say("I cannot sign in to Microsoft Graph right now%s.", entraSays(c))
	}, entraCure, causes.Passes},
	ledger.BadIdentity: {func(c ledger.Cause) Line { return Say("Microsoft Entra rejects my sign-in%s.", entraSays(c)) }, badIdentity, causes.Fixed},
	ledger.NotSent:     {says("Microsoft Graph could not be reached, so nothing was sent."), nothing, causes.Passes},
	ledger.LostAnswer:  {lostAnswer, nothing, causes.Useless},
	ledger.Interrupted: {says("I was stopped while sending the request."), nothing, causes.Useless},

	ledger.Drift: {detailed("the machine has changed since it was approved (%s)."), says("Check that it is still the right one."), causes.Fixed},
	ledger.NoLongerMay: {func(c ledger.Cause) Line {
		return Say("%s is no longer allowed to request or approve this.", auth.Person{ID: c.Detail})
	}, nothing, causes.Fixed},
	ledger.MoreNeeded: {says("it needs more approvals now than it has."), says("Ask the admins to approve a new request."), causes.Fixed},
	ledger.Frozen: {func(c ledger.Cause) Line {
		if c.Detail == "" {
			return Say("I was started with all erases frozen, until an admin types `/reprovision unfreeze`.")
		}
		return Say("all erases are frozen by %s until an admin types `/reprovision unfreeze`.", auth.Person{ID: c.Detail})
	}, nothing, causes.Passes},
	ledger.TooMany:      {tooMany, nothing, causes.Passes},
	ledger.OwnerNotice:  {ownerMayStop, nothing, causes.Passes},
	ledger.OwnerUnknown: {says("Slack did not tell me whose machine this is."), nothing, causes.Passes},
	ledger.OwnerUntold:  {untold, nothing, causes.Useless},
	ledger.Vetoed:       {says("the machine's user said “not now”."), says("Agree on a time with them."), causes.Fixed},
	ledger.Waited:       {says("the approval expired before I could start."), nothing, causes.Passes},

	ledger.BuildFailed:  {buildWhat, buildDo, causes.Fixed},
	ledger.NotBegun:     {buildWhat, buildDo, causes.Fixed},
	ledger.EvidenceOf:   {detailed("the machine shows that the request did reach Microsoft: %s."), nothing, causes.Useless},
	ledger.WithWarnings: {detailed("Microsoft reports warnings: %s."), nothing, causes.Useless},
	ledger.LooksRebuilt: {says("the machine has a new device identity; with GRAPH_BETA=false I cannot see more than that."), nothing, causes.Useless},
	ledger.NeverEnded:   {says("Microsoft accepted it, but never reported how it ended."), nothing, causes.Fixed},
	ledger.NoSignIn:     {noSignIn, noSignInCure, causes.Useless},
	ledger.NotOwn:       {says("Microsoft shows that the machine does not belong, or no longer, to the account that signed in."), nothing, causes.Useless},
	ledger.OwnForbidden: {graphSays(causes.SelfService), ownForbiddenCure, causes.Useless},
	ledger.StillRuns:    {detailed("Microsoft shows that it is still in progress: %s."), nothing, causes.Passes},
}

// Why explains a cause in sentences, with what can be done about it.
func Why(c ledger.Cause) Line {
	row, ok := reasons[c.Code]
	if !ok {
		return Say("Microsoft Graph answered: %s.", answer(c))
	}
	line := row.what(c)
	if do := row.do(c); do != "" {
		line += " " + do
	}
	return line
}

// Cure is what can be done about a cause, for the log.
func Cure(c ledger.Cause) string {
	row, ok := reasons[c.Code]
	if !ok {
		return ""
	}
	return unescape(row.do(c))
}

// andAgain continues [Why]: it says whether asking again is of use, and how.
func andAgain(r ledger.Request, c ledger.Cause) Line {
	line := again(c)
	switch {
	case !r.IsSelfService():
	case line == requestLater:
		return " Type `/reprovision mine` again in a while."
	case line == requestThen:
		return " Then type `/reprovision mine` again."
	}
	return line
}

const (
	requestLater Line = " Request it again in a while."
	requestThen  Line = " Then request it again."
)

// again is andAgain of an ordinary request.
func again(c ledger.Cause) Line {
	row := reasons[c.Code]
	again := row.again
	if c.Code == ledger.GraphRefused {
		again = causes.Graph(c.Status, "").Retry
	}
	switch {
	case c.Code == ledger.BuildFailed, c.Code == ledger.NotBegun:
		return buildAgain(c)
	case again == causes.Passes:
		return requestLater
	case again == causes.Fixed && row.do != nil && row.do(c) != "":
		return requestThen
	}
	return ""
}

func noSuchPC(c ledger.Cause) Line {
	if (command.Order{PC: c.Detail}).ByID() {
		return Say("no Cloud PC, and no device of one in Intune or Entra, has the id %s.", c.Detail)
	}
	if strings.Contains(c.Detail, "@") {
		return Say("no Cloud PC belongs to %s, or is named that.", Literal(c.Detail))
	}
	return Say("there is no Cloud PC named %s, by its own name or its device name.", Literal(c.Detail))
}

// manyPCs is for more machines than can be picked from. Earlier versions kept their ids.
func manyPCs(c ledger.Cause) Line {
	if strings.Contains(c.Detail, "-") {
		return Say("several Cloud PCs have that name: %s.", c.Detail)
	}
	return Say("%s Cloud PCs fit that, which is more than I can show you to pick from.", c.Detail)
}

// fromTable is what a row of package causes says to do.
func fromTable(row causes.Cause) func(ledger.Cause) Line { return says(row.Do) }

// graphSays is Graph's answer and what it means, by the row of package causes for code, or else for the
// HTTP status. Graph's own reason is added, as text from outside.
func graphSays(code string) func(ledger.Cause) Line {
	return func(c ledger.Cause) Line {
		line := Say("Microsoft Graph refused (%s): %s.", answer(c), causes.Graph(c.Status, code).What)
		if c.Reason != "" {
			line += Say(" It says: “%s”", Plain(c.Reason, longestMessage))
		}
		return line
	}
}

// longestMessage is how many runes of Graph's own message people are shown.
const longestMessage = 200

// between is an answer that is not Graph's own.
func between(c ledger.Cause) Line {
	return Say("%s (%s).", causes.Graph(c.Status, causes.Foreign).What, answer(c))
}

func graphSilent(c ledger.Cause) Line {
	return Say("Microsoft Graph is not responding as it should (%s).", answer(c))
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
	return Say("The secret or certificate is wrong or has expired, or the app registration is gone. Whoever runs this bot has to renew it (AZURE_*).")
}

func lostAnswer(c ledger.Cause) Line {
	if c.Status != 0 {
		return Say("the request was sent, but the reply does not say whether it worked (%s).", answer(c))
	}
	return Say("the request was sent, but no reply came.")
}

func tooMany(c ledger.Cause) Line {
	if c.Detail == "" {
		return Say("the limit of erases per hour is reached (MAX_PER_HOUR).")
	}
	return Say("%s has reached the limit of erases that one person may request or approve per hour (MAX_PER_ADMIN_PER_HOUR).", auth.Person{ID: c.Detail})
}

// mayNotPost says where Slack refused the bot's message, and why.
func mayNotPost(c ledger.Cause) Line {
	line := Say("I cannot post there (%s)", c.Detail)
	if c.Where != "" {
		line = Say("I cannot post in %s, where approvals are requested (%s)", channel(c.Where), c.Detail)
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
	return Say("Invite me with `/invite`, or go to a channel that I am in.")
}

func passingState(c ledger.Cause) Line {
	if c.Detail == "" || c.Detail == "unknownFutureValue" {
		return Say("Microsoft Graph does not show the machine's state right now, and only a provisioned or failed machine can be reprovisioned.")
	}
	return Say("the machine is %s right now, and only a provisioned or failed machine can be reprovisioned.", StateName(c.Detail))
}

// machineStates explains the statuses of a machine that do not pass by themselves, and the way out of
// them (Graph's cloudPcStatus: learn.microsoft.com/graph/api/resources/cloudpc). For others people are
// sent to the Intune admin center.
var machineStates = map[string]struct{ what, do string }{
	"inGracePeriod":        {"the machine has lost its licence or its provisioning policy, and will be removed when its grace period ends", "Assign the licence or policy again, and wait until the machine is provisioned."},
	"pendingProvision":     {"the machine is waiting for a licence", "Assign a licence, and wait until the machine is provisioned."},
	"notProvisioned":       {"the machine is not provisioned, because no provisioning policy applies to its user", "Assign a provisioning policy, and wait until the machine is provisioned."},
	"resizePendingLicense": {"the machine is being resized, and waits for a licence", "Decide on it in " + intune + "."},
	"deprovisioning":       {"the machine is being removed, so there is nothing to reprovision", checkIt},
}

func stateForbids(c ledger.Cause) Line {
	switch known, ok := machineStates[c.Detail]; {
	case ok && !c.Until.IsZero():
		return Say("%s, %s.", known.what, c.Until)
	case ok:
		return Say("%s.", known.what)
	case c.Detail == "" || c.Detail == "unknownFutureValue":
		return Say("Microsoft Graph does not show the machine's state, and only a provisioned or failed machine can be reprovisioned.")
	}
	return Say("the machine is %s, and only a provisioned or failed machine can be reprovisioned.", StateName(c.Detail))
}

func wayOut(c ledger.Cause) Line {
	if known, ok := machineStates[c.Detail]; ok {
		return Say("%s", known.do)
	}
	return Say(checkIt)
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

func lacksPermission(c ledger.Cause) Line {
	if c.Detail == "" { // Slack does not always name it
		return Say("the Slack app lacks a permission.")
	}
	return Say("the Slack app lacks a permission (%s).", c.Detail)
}
