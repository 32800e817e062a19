package graphfake

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// list answers with one page of the machines of the tenant or of the signed-in person.
func (t *Tenant) list(c *call) *reply {
	if rep := t.authorize(c, false); rep != nil {
		return rep
	}
	takes := []string{"$select", "$filter", "$top", "$count", "$skiptoken"}
	if c.Form != Admin {
		takes = []string{"$select", "$skiptoken"}
	}
	q, rep := t.query(c, takes...)
	if rep != nil {
		return rep
	}
	clause, given := q["$filter"]
	matches, err := t.filter(c, clause, given)
	if err != nil {
		return t.badRequest(c, "Invalid filter clause: %v", err)
	}
	size, after, rep := t.window(c, q)
	if rep != nil {
		return rep
	}

	value, total, last, more := []any{}, 0, 0, false
	named, only := t.soleName(clause)
	counted := q["$count"] == "true" || q["$top"] != "" && q["$count"] != "false"
	begin := 0
	if !counted { // machines are sorted by seq
		begin, _ = slices.BinarySearchFunc(t.machines, after+1, func(m *machine, n int) int { return m.seq - n })
	}
	for _, m := range t.machines[begin:] {
		if only && !named(&m.CloudPC) || given && m.Unfiltered {
			continue // fast path for the most common filter
		}
		if c.Form != Admin && !strings.EqualFold(m.UserID, c.bearer.user) {
			continue
		}
		p := m.picture(t.now())
		if given && !matches(p.properties(c.Version, true)) {
			continue
		}
		if total++; m.seq <= after {
			continue
		}
		if more = len(value) == size; !more {
			value, last = append(value, c.pick(p, q["$select"])), m.seq
		} else if !counted {
			break
		}
	}
	page := map[string]any{"@odata.context": t.context(c, q["$select"], ""), "value": value}
	if counted {
		page["@odata.count"] = total
	}
	if more {
		page["@odata.nextLink"] = t.next(c, takes, q, last)
	}
	return answer(http.StatusOK, page)
}

// window returns the page size and the seq of the last machine before the page.
func (t *Tenant) window(c *call, q map[string]string) (size, after int, rep *reply) {
	size = t.cfg.PageSize
	if top, given := q["$top"]; given {
		n, err := strconv.Atoi(top)
		if err != nil || n < 1 {
			return 0, 0, t.badRequest(c, "Invalid value '%s' for $top query option found. The $top query option requires a positive integer value.", top)
		}
		size = min(size, n)
	}
	if count, given := q["$count"]; given && count != "true" && count != "false" {
		return 0, 0, t.badRequest(c, "Invalid value '%s' for $count query option found. Valid values are 'true' and 'false'.", count)
	}
	if skip, given := q["$skiptoken"]; given {
		var err error
		if after, err = parseSkip(skip); err != nil {
			return 0, 0, t.badRequest(c, "Invalid $skiptoken.")
		}
	}
	return size, after, nil
}

var byName = regexp.MustCompile(`^(\w+) eq '([^']+)'$`)

// soleName reports whether a filter asks for exactly one name or id, and returns a test for
// the machines that may bear it.
func (t *Tenant) soleName(clause string) (bears func(*CloudPC) bool, only bool) {
	m := byName.FindStringSubmatch(clause)
	if m == nil || slices.Contains(t.cfg.Unheeded, m[1]) {
		return nil, false
	}
	field := map[string]func(*CloudPC) string{
		"displayName":       func(p *CloudPC) string { return p.DisplayName },
		"managedDeviceName": func(p *CloudPC) string { return p.ManagedDeviceName },
		"managedDeviceId":   func(p *CloudPC) string { return p.ManagedDeviceID },
		"aadDeviceId":       func(p *CloudPC) string { return p.AADDeviceID },
		"userPrincipalName": func(p *CloudPC) string { return p.UserPrincipalName },
	}[m[1]]
	return func(p *CloudPC) bool { return len(p.Raw) > 0 || strings.EqualFold(field(p), m[2]) }, field != nil
}

// read answers for one machine: the machine, its action results, or the actions it supports.
func (t *Tenant) read(c *call) *reply {
	if rep := t.authorize(c, c.Kind != Get); rep != nil { // the newest documentation requires ReadWrite for both
		return rep
	}
	takes := []string{"$select"}
	if c.Kind != Get {
		takes = nil
	}
	q, rep := t.query(c, takes...)
	if rep != nil {
		return rep
	}
	if !isGUID(c.PC) {
		return t.badRequest(c, "Cloud PC id '%s' is not a valid GUID.", c.PC)
	}
	m, rep := t.visible(c)
	if rep != nil {
		return rep
	}
	p, rows := m.picture(t.now()), []any{}
	switch c.Kind {
	case Results:
		for _, a := range p.Actions {
			rows = append(rows, a.json(p.ID))
		}
		return answer(http.StatusOK, map[string]any{
			"@odata.context": t.url + "/beta/$metadata#Collection(microsoft.graph.cloudPcRemoteActionResult)", "value": rows})
	case Supported:
		for _, name := range []string{"Reboot", "Rename", "Reprovision", "Resize", "Restore", "Troubleshoot"} {
			capability := "disabled"
			if slices.Contains(ready, p.Status) && (name == "Reprovision" || p.Status != "failed") {
				capability = "enabled"
			}
			rows = append(rows, map[string]any{"actionName": name, "actionCapability": capability})
		}
		return answer(http.StatusOK, map[string]any{
			"@odata.context": t.url + "/beta/$metadata#Collection(microsoft.graph.cloudPcRemoteActionCapability)", "value": rows})
	}
	entity := c.pick(p, q["$select"])
	if fields, ok := entity.(map[string]any); ok {
		fields["@odata.context"] = t.context(c, q["$select"], "/$entity")
	}
	return answer(http.StatusOK, entity)
}

// query reads the query options of a call. An option that is not documented for the call,
// or is given twice, is refused.
func (t *Tenant) query(c *call, takes ...string) (map[string]string, *reply) {
	values, err := url.ParseQuery(c.Query)
	if err != nil {
		return nil, t.badRequest(c, "The query is malformed.")
	}
	q := map[string]string{}
	for name, v := range values {
		if !slices.Contains(takes, name) || len(v) != 1 {
			return nil, t.badRequest(c, "Query option '%s' is not allowed, or is there more than once.", name)
		}
		q[name] = v[0]
	}
	if s, given := q["$select"]; given {
		kind, all := "cloudPC", cloudPCHas
		if c.Kind == GetPolicy {
			kind, all = "cloudPcProvisioningPolicy", policyHas
		}
		for _, name := range selection(s) {
			if c.Kind != GetPolicy && c.Version == beta && slices.Contains(t.cfg.NotInBeta, name) || !all[c.Version][name] && (name != "servicePlanType" || c.Form == Admin || c.Kind == GetPolicy) { // in v1.0 only for /me and /users
				return nil, t.badRequest(c, "Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, kind)
			}
		}
	}
	return q, nil
}

// The known property names, by version.
var (
	cloudPCHas = named((&CloudPC{}).properties)
	policyHas  = named(new(Policy).properties)
)

func named(properties func(version string, prefer bool) map[string]any) map[string]map[string]bool {
	has := map[string]map[string]bool{}
	for _, version := range []string{v1, beta} {
		has[version] = map[string]bool{}
		for name := range properties(version, true) {
			has[version][name] = true
		}
	}
	return has
}

// shows is the machine with every property that the call may select.
func (c *call) shows(p CloudPC) map[string]any {
	all := p.properties(c.Version, c.prefers())
	if c.Form != Admin {
		all["servicePlanType"] = text(p.ServicePlanType) // in v1.0 only for /me and /users
	}
	return all
}

// pick is the machine with the selected properties, or all that the form shows if none are
// selected. A machine whose whole JSON is replaced is returned as that JSON.
func (c *call) pick(p CloudPC, selected string) any {
	if raw, whole := p.Raw[""]; whole {
		return raw
	}
	picked := narrow(c.shows(p), selected)
	maps.DeleteFunc(picked, func(name string, _ any) bool { return c.Form != Admin && !slices.Contains(own, name) })
	return picked
}

// narrow keeps the selected properties, or all if none are selected.
func narrow(all map[string]any, selected string) map[string]any {
	if selected == "" {
		return all
	}
	few := map[string]any{}
	for _, name := range selection(selected) {
		few[name] = all[name]
	}
	return few
}

// selection splits a $select into names.
func selection(s string) []string {
	names := strings.Split(s, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

func (t *Tenant) context(c *call, selected, suffix string) string {
	set := "deviceManagement/virtualEndpoint/cloudPCs"
	switch {
	case c.Kind == GetPolicy:
		set = "deviceManagement/virtualEndpoint/provisioningPolicies"
	case c.Form != Admin:
		set = fmt.Sprintf("users('%s')/cloudPCs", c.bearer.user)
	}
	if selected != "" {
		set += "(" + selected + ")"
	}
	return t.url + "/" + c.Version + "/$metadata#" + set + suffix
}

// next is the link to the page after the machine with seq last, at the host that was called.
func (t *Tenant) next(c *call, takes []string, q map[string]string, last int) string {
	var parts []string
	for _, name := range takes {
		if value, given := q[name]; given && name != "$skiptoken" {
			parts = append(parts, name+"="+url.QueryEscape(value))
		}
	}
	skip := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "after:%d", last))
	return "https://" + c.host + c.Path + "?" + strings.Join(append(parts, "$skiptoken="+skip), "&")
}

func parseSkip(s string) (after int, err error) {
	plain, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return 0, err
	}
	number, found := strings.CutPrefix(string(plain), "after:")
	if !found {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(number)
}
