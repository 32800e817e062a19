// Package graph is Microsoft Graph as far as Cloud PCs need it: look at one,
// find some by name, read the policy that says how one would be built, and
// reprovision it.
//
// It promises two things. A reprovision reaches Graph at most once per call:
// nothing in here, in azcore or in net/http repeats or redirects the POST. And
// every call ends in one of four [Outcome]s, of which [NotActed] is only said
// with proof:
//
//	nil error (204)                                      Acted
//	400 401 402 403 404 405 409 410 411 412 413 414      Refused: Graph looked at it and said no
//	415 422 423 451, and values this package refuses
//	429                                                  NotActed: turned away at the door
//	no token                                             NotActed: nothing to send it with
//	nothing written to the connection, deadline passed   NotActed: never left
//	any other answer: another 2xx, a 3xx, 408, 424, 5xx, Unknown: it may have been carried out
//	a 4xx that is not listed
//	a 404 that says the resource "could not be           Unknown: a gateway that has lost its services
//	discovered"                                          is a witness of nothing
//	a 4xx, 429 too, that is not Graph's own              Unknown: see below
//	sent, and no answer                                  Unknown
//
// A proxy, a sign-in page or a load balancer may answer in Graph's place. Such an answer
// ([Error.Foreign]) has content that is no JSON, or has neither a request-id nor an error
// in Graph's form; of an answer inside a $batch the request-id of the whole counts. Most
// likely it means that the POST was not passed on. But what stands between may have passed
// it on, or on a second try, before it answered for itself: that is no proof.
//
// A 401 with a continuous access evaluation challenge is answered once with a
// new token, because a 401 is proof that nothing was done; the answer to that
// second request is the one that counts. The status alone decides: an answer
// whose body breaks off is still an answer.
//
// Why so strict: the call has no idempotency key and its effect no undo. A
// 503 is "normally" not executed, and a person's computer is not a place for
// normally.
//
// Reads are repeated a little, and leave alone what Graph or Entra wants to be left alone:
// until a Retry-After is over, or five minutes have passed, the same is not asked for again
// by anybody. The POST is never kept back.
//
// A token that Graph refuses is replaced before the next call ([Config.Renew]).
//
// What the package cannot do: turn Unknown into one of the others. Graph gives
// a reprovision no id to ask for; only the Cloud PC itself, read later, shows
// whether it happened.
package graph
