package ledgertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

func findsByEachField(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	var all []ledger.Request
	for i, pc := range []string{"pc-1", "pc-2", "pc-3"} {
		r := ask(pc, s.Now())
		if i == 2 {
			r.Requester = ben
		}
		r = create(t, s, r)
		must(t, r.Locate(ledger.Target{ID: pc, Name: "CPC " + pc, DeviceName: "DÉV-" + pc}))
		if i == 0 {
			must(t, r.Refuse(ledger.Cause{Code: ledger.WrongState}, s.Now()))
		}
		if i > 0 {
			must(t, r.Show(ledger.Thread{Channel: fmt.Sprint("C", i), TS: "1800000000.000100"}, s.Now(), time.Hour))
		}
		all = append(all, replace(t, s, r).Request)
		clock.pass(time.Second)
	}
	for name, row := range map[string]struct {
		q    ledger.Query
		want []int
	}{
		"all, newest first": {ledger.Query{}, []int{2, 1, 0}},
		"live":              {ledger.Query{Live: true}, []int{2, 1}},
		"target":            {ledger.Query{Target: "pc-2"}, []int{1}},
		"machine by id":     {ledger.Query{Machine: "PC-2"}, []int{1}},
		"machine by name":   {ledger.Query{Machine: "cpc pc-2"}, []int{1}},
		"machine by device": {ledger.Query{Machine: "dév-PC-2"}, []int{1}},
		"a name is no part": {ledger.Query{Machine: "pc-"}, nil},
		"machine and live":  {ledger.Query{Machine: "pc-1", Live: true}, nil},
		"machine, not hers": {ledger.Query{Machine: "pc-2", Requester: ben}, nil},
		"requester":         {ledger.Query{Requester: ben}, []int{2}},
		"of a former home":  {ledger.Query{Requester: auth.Person{Org: "E9", ID: ben.ID}, Former: ben.Org}, []int{2}},
		"of another home":   {ledger.Query{Requester: auth.Person{Org: "E9", ID: ben.ID}, Former: "E8"}, nil},
		"state":             {ledger.Query{State: ledger.Refused}, []int{0}},
		"card":              {ledger.Query{Card: ledger.Thread{Channel: "C2", TS: "1800000000.000100"}}, []int{2}},
		"another card":      {ledger.Query{Card: ledger.Thread{Channel: "C2", TS: "1800000000.000200"}}, nil},
		"limit":             {ledger.Query{Limit: 2}, []int{2, 1}},
		"skip":              {ledger.Query{Skip: 1}, []int{1, 0}},
		"nothing":           {ledger.Query{Target: "pc-9"}, nil},
	} {
		got, want := found(t, s, row.q), []ledger.ID(nil)
		for _, i := range row.want {
			want = append(want, all[i].ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// found returns the ids that a query yields.
func found(t testing.TB, s ledger.Store, q ledger.Query) (ids []ledger.ID) {
	t.Helper()
	for r, err := range s.Find(t.Context(), q) {
		must(t, err)
		ids = append(ids, r.ID)
	}
	return ids
}

func findsAMachineUnderItsEarlierNames(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	rebuild := func(typed string, before, after ledger.Target) ledger.ID {
		clock.pass(time.Second)
		r := ask(typed, s.Now())
		r.ApprovalsNeeded = 0
		r = create(t, s, r)
		must(t, r.Locate(before))
		must(t, r.Show(ledger.Thread{Channel: "C1", TS: string(r.ID)}, s.Now(), time.Hour))
		r = replace(t, s, r)
		must(t, submit(t.Context(), s, r, ledger.Budget{}))
		r = get(t, s, r.ID)
		must(t, r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: ledger.Acted}, s.Now()))
		must(t, r.Succeed(after, ledger.Cause{}, s.Now()))
		return replace(t, s, r).ID
	}
	machine := func(id, name, device string) ledger.Target {
		return ledger.Target{ID: id, Name: name, DeviceName: device}
	}
	refused := func(typed string) ledger.ID {
		clock.pass(time.Second)
		r := enter(t, s, typed)
		must(t, r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, s.Now()))
		return replace(t, s, r).ID
	}
	first := rebuild("CPC-ada", machine("pc-1", "CPC-ada", "DEV-1"), machine("pc-1", "CPC-ada", "DEV-2"))
	other := rebuild("CPC-bob", machine("pc-2", "CPC-bob", "DEV-9"), machine("pc-2", "CPC-bob", "DEV-10"))
	second := rebuild("dev-2", machine("pc-1", "CPC-ada", "DEV-2"), machine("pc-1", "CPC-Ada-Ö", "DEV-3"))
	ghost := refused("CPC-ghost")
	vain := refused("DEV-1")
	heir := rebuild("CPC-heir", machine("pc-3", "CPC-heir", "DEV-9"), machine("pc-3", "CPC-heir", "DEV-9")) // has a name that another machine had
	for name, want := range map[string][]ledger.ID{
		"pc-1": {vain, second, first}, "cpc-ADA": {vain, second, first}, "cpc-ada-ö": {vain, second, first},
		"dev-1": {vain, second, first}, "dev-2": {vain, second, first}, "DEV-3": {vain, second, first},
		"dev-9": {heir, other}, "DEV-10": {other}, "CPC-heir": {heir},
		"cpc-GHOST": {ghost}, "DEV-11": nil, string(ghost): nil,
	} {
		if diff := cmp.Diff(want, found(t, s, ledger.Query{Machine: name})); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if got := found(t, s, ledger.Query{Machine: "dev-1", Skip: 1, Limit: 1}); len(got) != 1 || got[0] != second {
		t.Errorf("the second of them: %v, want %s", got, second)
	}
}

func findsPageByPage(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	for range 9 {
		enter(t, s, "CPC-ada")
		enter(t, s, "CPC-bob") // at the same time
		clock.pass(time.Second)
	}
	all := found(t, s, ledger.Query{})
	var pages []ledger.ID
	for skip := 0; skip <= 20; skip += 4 {
		page := found(t, s, ledger.Query{Skip: skip, Limit: 4})
		if want := max(0, min(4, 18-skip)); len(page) != want {
			t.Errorf("%d after the first %d, want %d", len(page), skip, want)
		}
		pages = append(pages, page...)
	}
	if diff := cmp.Diff(all, pages); diff != "" {
		t.Errorf("page by page:\n%s", diff)
	}
}

func leavesOutWhatFoundNoMachine(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	var kept, all []ledger.ID
	for _, cause := range []ledger.Code{ledger.NoSuchPC, ledger.WrongState, ledger.ManyPCs, ledger.NonePicked, "", ledger.GraphSilent, ledger.NoSuchPC, ledger.MayNotPost} {
		clock.pass(time.Second)
		r := enter(t, s, "CPC-ada")
		if cause != "" {
			must(t, r.Refuse(ledger.Cause{Code: cause}, s.Now()))
			r = replace(t, s, r)
		}
		all = append([]ledger.ID{r.ID}, all...)
		if cause != ledger.NoSuchPC && cause != ledger.ManyPCs && cause != ledger.NonePicked {
			kept = append([]ledger.ID{r.ID}, kept...)
		}
	}
	// A request that waits because Graph shows no such machine for now has not been refused.
	clock.pass(time.Second)
	waits := enter(t, s, "CPC-bob")
	must(t, waits.Wait(ledger.Cause{Code: ledger.NoSuchPC}, s.Now().Add(time.Minute), s.Now()))
	waits = replace(t, s, waits)
	all, kept = append([]ledger.ID{waits.ID}, all...), append([]ledger.ID{waits.ID}, kept...)
	for _, row := range []struct {
		q    ledger.Query
		want []ledger.ID
	}{
		{ledger.Query{}, all},
		{ledger.Query{Found: true}, kept},
		{ledger.Query{Found: true, Skip: 1, Limit: 2}, kept[1:3]},
		{ledger.Query{Found: true, Machine: "cpc-ADA"}, kept[1:]},
		{ledger.Query{Machine: "cpc-ADA"}, all[1:]},
		{ledger.Query{Found: true, Live: true}, []ledger.ID{kept[0], kept[3]}},
	} {
		if diff := cmp.Diff(row.want, found(t, s, row.q)); diff != "" {
			t.Errorf("%+v\n%s", row.q, diff)
		}
	}
}
