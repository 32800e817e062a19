package graph

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	tokens "github.com/golang-jwt/jwt/v5"
)

// ReadWrite is the app role that the bot needs. It includes CloudPC.Read.All, which suffices to read
// (learn.microsoft.com/graph/permissions-reference#cloudpcreadwriteall).
const ReadWrite, readOnly = "CloudPC.ReadWrite.All", "CloudPC.Read.All"

// Access is what an access token says about itself. Nothing of it is verified, and no decision may rest
// on it: tokens for Graph are Graph's to verify and may change their form at any time
// (learn.microsoft.com/entra/identity-platform/access-tokens). It tells an operator beforehand what
// Graph is going to say.
type Access struct {
	Until time.Time // when the token ends, as Entra said when it issued it; known for every token

	Known     bool     // the token could be read; else the rest is empty
	Audiences []string // for whom it was issued
	Tenant    string   // id of the tenant that it is for
	App       string   // id of the application that it was issued to
	ObjectID  string   // oid: of the person, or of the application's service principal
	Person    bool     // it is a signed-in person's, whose permissions are scopes; else Roles are an application's
	Roles     []string // what it may do: app roles, or scopes of a person
}

// Lacks reports whether the token is known not to carry the permission [ReadWrite].
func (a Access) Lacks() bool { return a.Known && !slices.Contains(a.Roles, ReadWrite) }

// Broader are the permissions that the bot does not need.
func (a Access) Broader() (roles []string) {
	for _, role := range a.Roles {
		if role != ReadWrite && role != readOnly {
			roles = append(roles, role)
		}
	}
	return roles
}

// tokenClaims are those that Access tells
// (learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
type tokenClaims struct {
	tokens.RegisteredClaims
	Tenant   string   `json:"tid"`
	App      string   `json:"appid"` // in tokens of version 1.0, which Graph accepts
	Party    string   `json:"azp"`   // the same in version 2.0
	ObjectID string   `json:"oid"`
	Roles    []string `json:"roles"`
	Scopes   string   `json:"scp"`
}

// Access fetches a token from Entra, as [Client.SignIn] does, and reads what it says. If it lacks
// [ReadWrite], a later call uses a new token, at most one in five minutes: an admin consent shows only
// in tokens issued after it.
func (c *Client) Access(ctx context.Context) (Access, error) {
	l := c.current(ctx)
	token, err := c.fetch(ctx, l, c.timeout)
	if err != nil {
		return Access{}, err
	}
	a := accessOf(token.Token)
	a.Until = token.ExpiresOn
	if a.Lacks() {
		c.refused.Store(l)
	}
	return a, nil
}

func accessOf(token string) Access {
	var of tokenClaims
	if _, _, err := tokens.NewParser().ParseUnverified(token, &of); err != nil {
		return Access{}
	}
	a := Access{Known: true, Audiences: of.Audience, Tenant: of.Tenant, App: cmp.Or(of.App, of.Party), ObjectID: of.ObjectID, Roles: of.Roles}
	if of.Scopes != "" {
		a.Person, a.Roles = true, strings.Fields(of.Scopes)
	}
	return a
}
