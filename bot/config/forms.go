package config

import (
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"cloudpc-bot/auth"
)

// Reachable is how many approvals an admin's request can get. With a user group on the list it is
// unlimited, because only Slack knows how many members a group has, and that may change any day.
func Reachable(admins []string, self bool) int {
	people, groups := auth.Apart(admins)
	switch {
	case len(groups) > 0:
		return math.MaxInt
	case self:
		return len(people)
	}
	return len(people) - 1
}

// isGUID reports whether s is a GUID as Microsoft writes it, without braces and the like.
func isGUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

func isURL(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" && slices.Contains(schemes, u.Scheme)
}

// userName is the form of a user principal name: "UPN format" in
// learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname. A guest's holds a #.
var userName = regexp.MustCompile(`^[^@\s,]+@[^@\s,]+\.[^@\s,]+$`)

var channelID = regexp.MustCompile(`^[CGD][A-Z0-9_]{1,31}$`)

func isAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

// isPostgres reports whether databaseURL is the address of a PostgreSQL database: one that the
// driver can parse and that has a host. The host may be in the query, where a directory of sockets
// has to be (postgres:///db?host=/run/postgresql). url.Parse would not do for the whole address:
// PostgreSQL accepts several hosts, each with a port
// (postgresql.org/docs/current/libpq-connect.html), which is not a valid URL.
func isPostgres(databaseURL auth.Secret) bool {
	address := databaseURL.Reveal()
	rest, ok := strings.CutPrefix(address, "postgres://")
	if !ok {
		if rest, ok = strings.CutPrefix(address, "postgresql://"); !ok {
			return false
		}
	}
	rest, query, _ := strings.Cut(rest, "?")
	authority, _, _ := strings.Cut(rest, "/")
	settings, err := url.ParseQuery(query)
	if _, wrong := pgconn.ParseConfig(address); wrong != nil {
		return false
	}
	return err == nil && (authority[strings.LastIndex(authority, "@")+1:] != "" || settings.Get("host") != "")
}

// SQLiteFile is the file that a DATABASE_URL names; "" if it names none.
func SQLiteFile(url auth.Secret) string {
	path, ok := strings.CutPrefix(url.Reveal(), "sqlite:")
	if path = strings.TrimPrefix(path, "//"); !ok || strings.HasPrefix(path, ":") { // :memory: would lose the ledger at exit
		return ""
	}
	return path
}
