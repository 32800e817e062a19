package auth

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// cloud is one of Microsoft's national clouds: its Graph hosts and the authorities that
// issue tokens for them.
type cloud struct {
	name        string
	graph       []string
	authorities []string // the first one is suggested in errors
}

// https://learn.microsoft.com/graph/deployments and
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
var clouds = []cloud{
	{"Microsoft's worldwide cloud", []string{"graph.microsoft.com"}, []string{"login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"}},
	{"the cloud for US Government", []string{"graph.microsoft.us", "dod-graph.microsoft.us"}, []string{"login.microsoftonline.us"}},
	{"the cloud in China", []string{"microsoftgraph.chinacloudapi.cn"}, []string{"login.chinacloudapi.cn", "login.partner.microsoftonline.cn"}},
}

// SameCloud fails if Graph in one of Microsoft's clouds is to be used with tokens from
// another, which neither side would report clearly. A host that is not Microsoft's matches
// any cloud, and a managed identity uses no authority.
func SameCloud(graphURL string) error {
	if k, _ := identity(os.Getenv); k == managed || k == named {
		return nil
	}
	authority, unset := os.Getenv("AZURE_AUTHORITY_HOST"), ""
	if authority == "" {
		authority, unset = "https://login.microsoftonline.com/", " (its default)"
	}
	g := of(graphURL, func(c cloud) []string { return c.graph })
	a := of(authority, func(c cloud) []string { return c.authorities })
	if g == nil || a == nil || g == a {
		return nil
	}
	return fmt.Errorf("GRAPH_URL and AZURE_AUTHORITY_HOST belong to two clouds: GRAPH_URL to %s, AZURE_AUTHORITY_HOST to %s%s; "+
		"this Graph needs the authority https://%s/, this authority needs the Graph https://%s", g.name, a.name, unset, g.authorities[0], a.graph[0])
}

// of is the cloud with the host of address in one of its lists; nil if no cloud has it.
func of(address string, hosts func(cloud) []string) *cloud {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(clouds, func(c cloud) bool { return slices.Contains(hosts(c), strings.ToLower(u.Hostname())) })
	if i < 0 {
		return nil
	}
	return &clouds[i]
}
