// Package slackfake is a Slack workspace in memory, on the wire: the Web API, response_url and Socket Mode on one
// loopback port, with people who type, press and submit. Tests and the demo talk to it as they would to slack.com.
//
// It promises to refuse what Slack refuses, with Slack's error codes: tokens of the wrong kind, missing scopes,
// channels the bot may not post in, Block Kit that breaks a limit, trigger ids that are late or used, acks that are
// too long, fragmented or sent on another connection. Where Slack's behaviour is not known for certain it takes the
// reading that is harder for the bot. It is comfortable by default and difficult on request: Fail, Disconnect,
// DropSockets, Redeliver and their neighbours lose, repeat and garble what a network can lose, repeat and garble.
//
// Everything a person was shown and every request that came in stays readable; Wait re-evaluates a condition
// whenever anything changes, so nobody has to sleep. Expiry (trigger ids, response_url, tickets, pace) follows
// Config.Now; pings, ack deadlines and grace periods are real time.
//
// The case it cannot handle: it is one workspace with one app. It does not keep Slack's tier quotas (see Fail with
// status 429), knows neither files nor search nor home tabs, and renders text about as a person would read it, not
// pixel by pixel.
package slackfake
