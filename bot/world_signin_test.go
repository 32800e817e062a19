package bot_test

import (
	"context"
	"net/http"
	"sync/atomic"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/execute"
	"cloudpc-bot/graph"
)

// selfService is what a bot needs to let people sign in, as main wires it; nil if SELF_SERVICE is not set.
func (w *world) selfService(transport *http.Transport, dead *atomic.Bool) *execute.SelfService {
	if w.set["SELF_SERVICE"] != "true" {
		return nil
	}
	scope := w.tenant.URL() + "/CloudPC.ReadWrite.All"
	return &execute.SelfService{Tenant: w.tenant.TenantID(), Begin: func(show func(auth.DeviceCode) error) (execute.SignIn, error) {
		s, err := auth.NewSignIn(auth.SignInConfig{
			Tenant: w.tenant.TenantID(), Client: w.tenant.PublicClientID(), Scope: scope, DisableInstanceDiscovery: true, Cloud: authority(w.tenant), Transport: transport,
		}, show)
		if err != nil {
			return execute.SignIn{}, err
		}
		own, err := graph.New(graph.Config{
			URL: w.tenant.URL(), Credential: s.Credential(), Scopes: []string{scope}, Now: w.clock.now,
			Timeout: w.duration("GRAPH_TIMEOUT", 0), Transport: transport,
		})
		return execute.SignIn{Wait: s.Wait, Own: mortalOwn{own, dead}}, err
	}}
}

// selfServiceApprovals is SELF_SERVICE_APPROVALS, which is 1 unless it is set.
func (w *world) selfServiceApprovals() int {
	if w.set["SELF_SERVICE_APPROVALS"] == "" {
		return 1
	}
	return w.number("SELF_SERVICE_APPROVALS")
}

// mortalOwn is Graph for a person whose bot may die.
type mortalOwn struct {
	execute.Own
	dead *atomic.Bool
}

func (o mortalOwn) Mine(ctx context.Context) ([]graph.Own, error) {
	if o.dead.Load() {
		return nil, errDead
	}
	return o.Own.Mine(ctx)
}

func (o mortalOwn) ReprovisionMine(ctx context.Context, id string) error {
	if o.dead.Load() {
		return errDead
	}
	return o.Own.ReprovisionMine(ctx, id)
}

func (o mortalOwn) ReprovisionOf(ctx context.Context, userID, id string) error {
	if o.dead.Load() {
		return errDead
	}
	return o.Own.ReprovisionOf(ctx, userID, id)
}
