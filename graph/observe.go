package graph

import "time"

// Observer learns what passes between the client and Microsoft, as for metrics. Its methods must return at
// once.
type Observer interface {
	// CalledGraph: a call for an operation (see [Error]) was answered with an HTTP status; 0 = it was not.
	CalledGraph(operation string, status int)
	// Cooldown: a service, graph or entra, asked to be left alone until then.
	Cooldown(service string, until time.Time)
}

// nobody observes nothing.
type nobody struct{}

func (nobody) CalledGraph(string, int)    {}
func (nobody) Cooldown(string, time.Time) {}
