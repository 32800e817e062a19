package graph_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

const someGUID = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"

func TestFieldsGoByTheFormOfTheText(t *testing.T) {
	ids := []graph.Field{graph.ByID, graph.ByManagedDevice, graph.ByEntraDevice}
	people := []graph.Field{graph.ByUser, graph.ByName, graph.ByDevice}
	names := []graph.Field{graph.ByName, graph.ByDevice}
	for what, want := range map[string][]graph.Field{
		"": nil, someGUID: ids, strings.ToUpper(someGUID): ids, "ada@contoso.example": people, "@": people,
		"CPC-ada": names, someGUID[:35]: names, "{" + someGUID + "}": names, strings.ReplaceAll(someGUID, "-", ""): names,
		"urn:uuid:" + someGUID: names, strings.Replace(someGUID, "4b", "4g", 1): names,
	} {
		if got := graph.Fields(what); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", what, got, want)
		}
	}
}

func TestFoundByWhatPeopleHave(t *testing.T) {
	const guest = "ada_fabrikam.example#EXT#@contoso.example"
	intune, entra := "11111111-1111-4111-8111-11111111aaaa", "22222222-2222-4222-8222-22222222bbbb"
	for what, row := range map[string]struct {
		by       []graph.Field
		filters  int
		listings int
		ids      []string // display names
	}{
		intune:                 {[]graph.Field{graph.ByManagedDevice}, 2, 1, []string{"CPC-1"}},
		strings.ToUpper(entra): {[]graph.Field{graph.ByEntraDevice}, 2, 1, []string{"CPC-1"}},
		someGUID:               {nil, 2, 1, nil},
		"ADA_fabrikam.example#ext#@contoso.example": {[]graph.Field{graph.ByUser}, 3, 1, []string{"CPC-2"}},
		"o'hara@contoso.example":                    {[]graph.Field{graph.ByUser}, 3, 0, []string{"CPC-3", "CPC-4"}}, // two are enough to know
		"desk@door":                                 {[]graph.Field{graph.ByName}, 3, 1, []string{"desk@door"}},
		"same":                                      {[]graph.Field{graph.ByName, graph.ByDevice}, 2, 1, []string{"Same"}},
		"nobody@contoso.example":                    {nil, 3, 1, nil},
		"Zoe\u0308's  PC & so+on%20":                {[]graph.Field{graph.ByName}, 2, 1, []string{"Zo\u00eb's  PC & so+on%20"}},
		"00000000-0000-0000-0000-000000000000":      {nil, 2, 1, nil},
	} {
		for _, withBeta := range []bool{true, false} {
			w := open(t, graphfake.Config{PageSize: 2})
			w.Add(graphfake.CloudPC{DisplayName: "CPC-1", ManagedDeviceID: intune, AADDeviceID: entra})
			w.Add(graphfake.CloudPC{DisplayName: "CPC-2", UserPrincipalName: guest})
			w.Add(graphfake.CloudPC{DisplayName: "CPC-3", UserPrincipalName: "O'Hara@contoso.example"})
			w.Add(graphfake.CloudPC{DisplayName: "CPC-4", UserPrincipalName: "o'hara@contoso.example"})
			w.Add(graphfake.CloudPC{DisplayName: "desk@door"})
			w.Add(graphfake.CloudPC{DisplayName: "Same", ManagedDeviceName: "SAME"})
			w.Add(graphfake.CloudPC{DisplayName: "Zo\u00eb's  PC & so+on%20"})
			w.Add(graphfake.CloudPC{DisplayName: "zeros", Raw: raw("managedDeviceId", `"00000000-0000-0000-0000-000000000000"`)})
			c := w.tuned(t, func(c *graph.Config) { c.Beta = withBeta })
			found, err := c.Find(t.Context(), what)
			var names []string
			for _, m := range found {
				if names = append(names, m.Name); !slices.Equal(m.By, row.by) || m.Beta || m.ID == "" || m.ManagedDeviceID == "" || m.AADDeviceID == "" {
					t.Errorf("%s: %+v", what, m)
				}
			}
			if filters, listings := w.lists(); err != nil || !slices.Equal(names, row.ids) || filters != row.filters || listings != row.listings {
				t.Errorf("%s: %v, %q with %d filters and %d listings", what, err, names, filters, listings)
			}
			for _, call := range w.Calls() {
				if q, err := url.ParseQuery(call.Query); err != nil || call.Kind == graphfake.List && call.Status != 200 && q.Get("$filter") == "" {
					t.Errorf("%s: %d for %s", what, call.Status, call.Query)
				}
				if strings.Contains(call.Query, " or ") || strings.Contains(call.Query, "%20or%20") {
					t.Errorf("asks for two fields at once: %s", call.Query)
				}
			}
		}
	}
}

func TestAnIDNeedsNoListing(t *testing.T) {
	w := open(t, graphfake.Config{})
	pc := w.Add(graphfake.CloudPC{})
	w.Add(graphfake.CloudPC{ManagedDeviceID: pc.ID})
	found, err := w.client(t, nil).Find(t.Context(), strings.ToUpper(pc.ID))
	if err != nil || len(found) != 1 || found[0].ID != pc.ID || !found[0].Beta || found[0].Status != graph.Provisioned || !slices.Equal(found[0].By, []graph.Field{graph.ByID}) {
		t.Errorf("%v, %+v", err, found)
	}
	if kinds := w.kinds(); kinds[graphfake.Get] != 1 || kinds[graphfake.List] != 0 {
		t.Errorf("%v", kinds)
	}
}

func TestAnIDThatCannotBeReadIsNotLookedForElsewhere(t *testing.T) {
	for name, row := range map[string]struct {
		fault graphfake.Fault
		kind  error
	}{
		"forbidden": {graphfake.Fault{Status: 403}, graph.ErrForbidden},
		"throttled": {graphfake.Fault{Status: 429, RetryAfter: time.Hour}, graph.ErrThrottled},
		"lost":      {graphfake.Fault{Undiscovered: true}, graph.ErrUndiscovered},
		"a proxy":   {graphfake.Fault{Status: 404, Foreign: true}, nil},
	} {
		w := open(t, graphfake.Config{})
		pc := w.Add(graphfake.CloudPC{})
		w.Fail(graphfake.Match{Kind: graphfake.Get}, row.fault)
		found, err := w.client(t, nil).Find(t.Context(), pc.ID)
		e, ok := errors.AsType[*graph.Error](err)
		if !ok || row.kind != nil && !errors.Is(err, row.kind) || found != nil || e.Op != "find" || w.kinds()[graphfake.List] != 0 {
			t.Errorf("%s: %v, %+v", name, err, found)
		}
	}
}

func TestAFilterThatIsIgnoredFindsNobodyElse(t *testing.T) {
	w := open(t, graphfake.Config{PageSize: 2, Unheeded: []string{"userPrincipalName", "displayName", "managedDeviceName"}})
	for range 5 {
		w.Add(graphfake.CloudPC{UserPrincipalName: "ben@contoso.example"})
	}
	pc := w.Add(graphfake.CloudPC{UserPrincipalName: "cem@contoso.example"})
	c := w.client(t, nil)
	if found, err := c.Find(t.Context(), "cem@contoso.example"); err != nil || len(found) != 1 || found[0].ID != pc.ID {
		t.Errorf("%v, %+v", err, found)
	}
	if found, err := c.Find(t.Context(), "dan@contoso.example"); err != nil || len(found) != 0 {
		t.Errorf("%v, %+v", err, found)
	}
}
