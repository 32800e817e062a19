// Package blockkit draws Slack's Block Kit as HTML, the way Slack's own client draws it, and checks
// it against Slack's limits. The tests look at its pictures in a real browser.
//
// It reads what the Web API takes: a message with blocks, a bare list of blocks, a modal, a Home
// tab. A block or an element that it cannot draw becomes a visible notice, so a card never looks
// complete when it is not. No text can inject markup: everything that comes from the JSON or from
// the caller is escaped, and links lead to http, https, mailto and tel only. The page loads nothing
// from outside; an image is drawn as its alternative text.
//
// The drawing follows the desktop client from memory and screenshots, not Slack's style sheets.
// It cannot show what differs between Slack's clients and versions, and it never folds a long text
// behind "See more" as Slack does.
package blockkit
