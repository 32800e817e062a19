// Package graph is a client for the few Microsoft Graph calls that Cloud PCs need: read
// one, read several at once, find them by what people call them, list all, read who uses
// one, read the policy that says how one would be rebuilt and the image that it names, and
// reprovision it. With the credential of a person who has signed in, it lists that person's own
// ([Client.Mine]) and reprovisions one of them ([Client.ReprovisionMine], [Client.ReprovisionOf]).
//
// It promises two things. A reprovision reaches Graph at most once per call: neither this
// package nor azcore nor net/http repeats or redirects the POST. And every call ends in one
// of four [Outcome]s, of which [NotActed] is reported only with proof:
//
//	nil error (204)                                      Acted
//	400 401 402 403 404 405 409 410 411 412 413 414      Refused: Graph looked at it and said no
//	415 422 423 451, and values this package refuses
//	429                                                  NotActed: throttled before any work was done
//	no token                                             NotActed: there was nothing to send it with
//	nothing written to the connection, deadline passed   NotActed: it never left this process
//	any other answer: another 2xx, a 3xx, 408, 424, 5xx, Unknown: it may have been carried out
//	a 4xx that is not listed
//	a 404 that says the resource "could not be           Unknown: a gateway that cannot reach its
//	discovered"                                          services proves nothing
//	a 4xx, 429 included, that is not Graph's own         Unknown: see below
//	sent, and no answer                                  Unknown
//
// A proxy, a sign-in page or a load balancer may answer in Graph's place. Such an answer
// ([Error.Foreign]) is not JSON, or has neither a request-id nor an error in Graph's form;
// a part of a $batch counts as Graph's own if the whole answer has a request-id. Most
// likely the POST was not passed on. But the intermediary may have passed it on, perhaps
// on a retry of its own, before it answered for itself, so its answer proves nothing.
//
// A 401 with a continuous access evaluation challenge is answered once with a new token,
// because a 401 proves that nothing was done; the answer to that second request is the one
// that counts. The status alone decides: an answer whose body breaks off is still an
// answer.
//
// Why so strict: the call has no idempotency key
// (learn.microsoft.com/graph/api/cloudpc-reprovision) and its effect cannot be undone. A
// 503 is normally not executed, but "normally" is not good enough when somebody's computer
// is at stake.
//
// Why azcore and not msgraph-sdk-go: the SDK retries a POST after a 429, 503 or 504 unless
// told otherwise, and a cold build of it takes about 5 minutes and 4.6 GB of memory, against
// half a minute and 0.3 GB.
//
// Reads are retried twice within a few seconds. They also honour a Retry-After from Graph
// or Entra: until it has passed, or after five minutes if it is longer, no caller of this
// client sends the same read again. The POST is never held back.
//
// A token that Graph refuses is replaced before the next call ([Config.Renew]).
//
// What the package cannot do is turn Unknown into another outcome. A reprovision returns no
// operation id to query; only the Cloud PC itself, read later, shows whether it happened.
package graph
