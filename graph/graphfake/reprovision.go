package graphfake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// options are the two choices that an administrator may make for the new machine.
var options = map[string][]string{
	"osVersion":       {"windows10", "windows11"},
	"userAccountType": {"standardUser", "administrator"},
}

// reprovision checks an authorized POST in the order in which a gateway and a service would, and wipes
// the machine if nothing is wrong.
func (t *Tenant) reprovision(c *call, f Fault) *reply {
	if c.Query != "" {
		return t.badRequest(c, "Query options are not allowed on this action.")
	}
	if !isGUID(c.PC) {
		return t.badRequest(c, "Cloud PC id '%s' is not a valid GUID.", c.PC)
	}
	if kind, _, err := mime.ParseMediaType(c.header.Get("Content-Type")); err != nil || kind != "application/json" {
		return t.badRequest(c, "Entity only allows writes with a JSON Content-Type header.")
	}
	var said map[string]string
	if c.Form == Admin {
		var err error
		if said, err = parseOptions(c.body); err != nil {
			return t.badRequest(c, "Unable to read JSON request payload: %v.", err)
		}
	} else if len(c.body) > 0 {
		return t.badRequest(c, "Only the APIs for admin support a request body.")
	}
	m, rep := t.visible(c)
	switch {
	case rep != nil:
		return rep
	case c.Form != Admin && m.NoSelfService:
		return t.refuse(c, http.StatusForbidden, "Forbidden", "Reset is not enabled for this user.")
	case m.run != nil:
		return t.refuse(c, http.StatusConflict, "Conflict", "Another action is in progress on this Cloud PC.")
	case !slices.Contains(ready, m.Status):
		return t.refuse(c, http.StatusConflict, "Conflict", "Reprovision is not allowed for the current Cloud PC state.")
	}
	r := run{flips: f.FlipFlop, manual: f.Stuck, lags: f.RowLags}
	if !f.IgnoreBody {
		r.os, r.account = said["osVersion"], said["userAccountType"]
	}
	r.os, r.account = or(f.BuildOS, r.os), or(f.BuildAccount, r.account)
	switch {
	case f.FailLate:
		r.ends = "failed"
	case f.WarnLate:
		r.ends = "provisionedWithWarnings"
	}
	c.post.Acted = true
	t.start(m, r)
	return answer(http.StatusNoContent, nil)
}

// visible is the machine in the path, if the caller may know about it.
func (t *Tenant) visible(c *call) (*machine, *reply) {
	m := t.find(c.PC)
	if m == nil || c.Form != Admin && !strings.EqualFold(m.UserID, c.bearer.user) {
		return nil, t.refuse(c, http.StatusNotFound, "ResourceNotFound", fmt.Sprintf("Cloud PC '%s' was not found.", c.PC))
	}
	return m, nil
}

// parseOptions reads exactly one JSON object with the two options; either may be missing or
// null. Names and values are case-sensitive.
func parseOptions(body []byte) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("an object is expected")
	}
	said, seen := map[string]string{}, map[string]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, _ := name.(string)
		members, ok := options[key]
		if !ok || seen[key] {
			return nil, fmt.Errorf("the parameter %q is not in the action, or is there twice", name)
		}
		seen[key] = true
		value, err := d.Token()
		if err != nil {
			return nil, err
		}
		if value == nil {
			continue
		}
		member, ok := value.(string)
		if !ok || !slices.Contains(members, member) {
			return nil, fmt.Errorf("invalid value %q for %s", fmt.Sprint(value), key)
		}
		said[key] = member
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("there is more after the object")
	}
	return said, nil
}
