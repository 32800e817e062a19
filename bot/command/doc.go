// Package command turns what people type after /reprovision into an [Order].
//
//	<pc> [os=windows10|windows11] [account=standardUser|administrator] [reason="…"]
//	status [<request>|<pc>]
//	list
//	history [<pc>]
//	cancel <request>
//	freeze [<why>]
//	unfreeze
//	help
//	<request>
//
// <pc> is the id (a GUID) or the exact name of a Cloud PC, in quotes where the name has
// spaces, an "=" or marks around it, or is a verb or nearly one. Options stand in any order,
// before or after it, in any case, each at most once. <request> is a request's id, in any
// case, with or without its R-; in status, a bare word that could be an id is one, and a
// machine called so goes in quotes. Alone, with its R-, an id is short for its status. <why>
// is the rest of the line, in quotes or not.
//
// A wrong guess here wipes a computer, so [Parse] forgives only what cannot change the
// meaning: the spaces, dashes and quotes that phones type, Slack's wrapping of links,
// *marks* around a word or the whole, backticks around the whole, short forms (os=11,
// account=admin). Everything else is an [*Error] that shows where the trouble is and what
// was probably meant; nothing is ever corrected silently. What is nearly a verb (freeze!,
// frezee, stop, cancle R-7K3F) is asked back, unless it is in quotes or has an option: it
// must neither be done nor looked for as a machine. An accepted order prints, by
// [Order.String], to text that parses back to that order.
//
// The package is pure: it knows neither Slack nor Graph, so it cannot tell whether a
// machine exists, nor guess where one is missing and a stray word stands in its place:
// in "reason=new laptop" the machine is called laptop, and "cancel that" is about R-THAT.
// A machine whose name has an "@", a dash or apostrophe of print, or an invisible
// character has to be named by its id.
package command
