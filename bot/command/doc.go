// Package command parses what people type after /reprovision into an [Order].
//
//	<pc> [os=windows10|windows11] [account=standardUser|administrator] [reason="…"] [notify=no]
//	status [<request>|<pc>]
//	list
//	history [<pc>]
//	cancel <request>
//	mine
//	freeze [<why>]
//	unfreeze
//	help
//	<request>
//
// <pc> is the id of a Cloud PC or of its device (a GUID), the exact name of either, or its user: a user
// principal name, or a mention as Slack writes it, <@U024BE7LH>; a bare @name is refused, because it may
// be anybody. Nothing at all, or options alone, is an order for a form. The name goes in quotes if it has
// spaces, an "=" or marks around it, or is a verb or nearly one. Options come in any order,
// before or after it, in any case, each at most once. <request> is a request's id, in any
// case, with or without its R-; in status, a bare word that could be an id is taken for one,
// and a machine of that name goes in quotes. An id with its R- on its own is short for its
// status. <why> is the rest of the line, with or without quotes.
//
// A wrong guess here wipes a computer, so [Parse] forgives only what cannot change the
// meaning: the spaces, dashes and quotes that phones type, Slack's wrapping of links, *marks*
// around a word or the whole command, backticks around the whole command, short forms
// (os=11, account=admin). Everything else is an [*Error] that shows where the problem is and
// what was probably meant; nothing is ever corrected silently. What is nearly a verb
// (freeze!, frezee, stop, cancle R-7K3F) makes Parse ask back, unless it is in quotes or has
// an option: it must neither be carried out nor be looked up as a machine. [Order.String] of
// an accepted order is text that parses back to the same order.
//
// The package is pure: it knows neither Slack nor Graph. So it cannot tell whether a machine
// exists, and if the machine is missing it takes a stray word for one: in "reason=new
// laptop" the machine is called laptop, and "cancel that" is about R-THAT. A machine whose
// name begins with an "@", or has a typographic dash or apostrophe or an invisible character,
// must be named by its id.
package command
