// Package slackfake is an in-memory Slack workspace behind real network protocols: the Web API, response_url and Socket
// Mode on one loopback port, with people who type commands, use shortcuts, press buttons, search menus and submit forms. Tests and the demo connect
// to it as they would to slack.com.
//
// It promises to refuse what Slack refuses, with Slack's error codes: tokens of the wrong kind, missing scopes,
// channels that the bot may not post in, Block Kit that breaks a limit, trigger ids that are late or used, and
// acknowledgements that are too long, fragmented or sent on another connection. Where Slack's behaviour is not known
// for certain, it takes the reading that is harder for the bot. By default nothing goes wrong; on request, Fail,
// Disconnect, DropSockets, Redeliver and similar methods lose, repeat and garble what a network can.
//
// Everything that a person was shown and every request that came in can be read afterwards. Wait re-evaluates a
// condition whenever something changes, so tests need not sleep. Expiry (trigger ids, response_url, tickets, rate
// limits) follows Config.Now; pings, acknowledgement deadlines and grace periods run in real time.
//
// Cases it cannot handle: it is one workspace with one app. Of Slack's rate limits it enforces only Config.Pace and
// Config.Tier2 (for others see Fail with status 429). It knows no files, no search and no home tabs, and it renders text
// roughly as a person would read it, not pixel by pixel.
//
// It imports nothing of the bot, so that the two cannot share a misunderstanding of Slack, and not the testing package,
// because the demo runs on it.
package slackfake
