package ops

import (
	"os"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/execute"
	"cloudpc-bot/graph"
)

// selfService is how people sign in who reprovision their own Cloud PCs; nil where that is switched off. Each
// sign-in has a credential and a client of its own.
func (s *services) selfService() *execute.SelfService {
	if !s.SelfService {
		return nil
	}
	tenant, scope := os.Getenv("AZURE_TENANT_ID"), strings.TrimRight(s.GraphURL, "/")+"/"+graph.ReadWrite
	return &execute.SelfService{Tenant: tenant, Begin: func(show func(auth.DeviceCode) error) (execute.SignIn, error) {
		signIn, err := auth.NewSignIn(auth.SignInConfig{
			Tenant: tenant, Client: s.SelfServiceClientID, Scope: scope, DisableInstanceDiscovery: s.DisableInstanceDiscovery, Transport: s.transport,
		}, show)
		if err != nil {
			return execute.SignIn{}, err
		}
		own, err := graph.New(graph.Config{
			URL: s.GraphURL, Credential: signIn.Credential(), Scopes: []string{scope}, Timeout: s.GraphTimeout, Transport: s.transport, Log: s.log, Observer: s.metrics,
		})
		return execute.SignIn{Wait: signIn.Wait, Own: own}, err
	}}
}
