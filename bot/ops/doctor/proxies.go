package doctor

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"strings"

	"cloudpc-bot/auth"
)

// proxies tells through which proxy each service is called, and which entries of NO_PROXY have no
// effect. That the proxies' addresses have the right form is checked with the configuration.
func (c Case) proxies() (found []Finding) {
	name, noProxy := "NO_PROXY", os.Getenv("NO_PROXY")
	if noProxy == "" {
		name, noProxy = "no_proxy", os.Getenv("no_proxy")
	}
	for _, entry := range strings.Split(noProxy, ",") {
		if strings.ContainsAny(strings.TrimSpace(entry), "; ") || strings.Contains(entry, "://") {
			found = append(found, Finding{
				Level: Warn, Subject: "proxies", Text: name + " has an entry that has no effect: it is neither a host, nor a domain, nor a network",
				Cure: "write host names, domains (.example.com) and networks (10.0.0.0/8), separated by commas, without a scheme such as https://",
			})
			break
		}
	}
	var ways []string
	for _, service := range []struct{ name, address string }{
		{"Slack", c.Config.SlackAPIURL},
		{"Entra", cmp.Or(os.Getenv("AZURE_AUTHORITY_HOST"), "https://login.microsoftonline.com/")},
		{"Graph", c.Config.GraphURL},
	} {
		u, err := url.Parse(service.address)
		if err != nil {
			continue // the configuration's problem
		}
		way := "directly"
		if proxy := auth.ProxyFor(u); proxy != "" {
			way = "through " + proxy
		}
		ways = append(ways, fmt.Sprintf("%s (%s) %s", service.name, u.Hostname(), way))
	}
	return append(found, fine("proxies", "%s; loopback and link-local addresses, such as a cloud's metadata service, never through a proxy", strings.Join(ways, ", ")))
}
