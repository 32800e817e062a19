package auth

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// cloud is one of Microsoft's national clouds: where its Graph is, and who issues tokens for it.
type cloud struct {
	name        string
	graph       []string
	authorities []string // the one to name first
}

// https://learn.microsoft.com/graph/deployments, and https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
var clouds = []cloud{
	{"Microsoft's worldwide cloud", []string{"graph.microsoft.com"}, []string{"login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"}},
	{"the cloud for US Government", []string{"graph.microsoft.us", "dod-graph.microsoft.us"}, []string{"login.microsoftonline.us"}},
	{"the cloud in China", []string{"microsoftgraph.chinacloudapi.cn"}, []string{"login.chinacloudapi.cn", "login.partner.microsoftonline.cn"}},
}

// SameCloud fails where the Graph of one of Microsoft's clouds is to be used with tokens of
// another, which neither would say plainly. An address that is none of Microsoft's fits
// everything, and a managed identity asks no authority.
func SameCloud(graphURL string) error {
	if k, _ := identity(os.Getenv); k == managed || k == named {
		return nil
	}
	authority, unset := os.Getenv("AZURE_AUTHORITY_HOST"), ""
	if authority == "" {
		authority, unset = "https://login.microsoftonline.com/", ", which it is where nothing is set"
	}
	g := of(graphURL, func(c cloud) []string { return c.graph })
	a := of(authority, func(c cloud) []string { return c.authorities })
	if g == nil || a == nil || g == a {
		return nil
	}
	return fmt.Errorf("GRAPH_URL and AZURE_AUTHORITY_HOST belong to two clouds: the first to %s, the second to %s%s; "+
		"with this Graph goes https://%s/, with this authority https://%s", g.name, a.name, unset, g.authorities[0], a.graph[0])
}

// of is the cloud that an address belongs to by one of its lists; nil where none is known.
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
