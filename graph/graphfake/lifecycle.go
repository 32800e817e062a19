package graphfake

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// machine is a Cloud PC and the run behind what reads show.
type machine struct {
	CloudPC     // what reads show
	seq     int // position in lists; never reused
	run     *run
	wipes   int
	posts   int // reprovisions that arrived, for the tricks
}

// run is one reprovision in progress:
//
//	accepted ──lag──▶ provisioning ──build──▶ provisioned | provisionedWithWarnings | failed
//	            └▶ pending, while a frontline machine is powered off
type run struct {
	posted time.Time // time of the POST; its action row starts then
	lag    time.Time // until then reads show the old state
	since  time.Time // when provisioning began; zero before
	build  time.Duration
	ends   string       // status the build ends in
	report StatusDetail // with which it ends; empty = the usual one
	flips  bool         // status says provisioned in the middle third of the build
	manual bool         // only Finish ends it
	parked bool         // waits for the machine to be powered on
	lags   bool         // its action row does not show the end of the build

	os, account string // what the machine is built with; empty = as before
	image       string // the policy's image when provisioning began; empty = as before
}

// start begins a run now. The caller holds mu.
func (t *Tenant) start(m *machine, r run) {
	r.posted = t.now()
	r.lag = r.posted.Add(max(0, t.cfg.Lag))
	r.build, r.manual = t.cfg.Build, r.manual || t.cfg.Build < 0
	if r.ends == "" {
		r.ends = "provisioned"
	}
	m.run = &r
	t.running[m] = true
	m.wipes++
	t.later(t.cfg.Lag)
	t.settle()
}

// later settles the tenant once d has passed, so that Wait notices. Reads in between settle
// it themselves.
func (t *Tenant) later(d time.Duration) {
	if d <= 0 {
		return
	}
	time.AfterFunc(d, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.settle()
		t.tell()
	})
}

// settle brings every running machine up to date with the clock. The caller holds mu.
func (t *Tenant) settle() {
	now := t.now()
	for m := range t.running {
		t.step(m, now)
	}
}

func (t *Tenant) step(m *machine, now time.Time) {
	r := m.run
	if r == nil {
		return
	}
	if r.since.IsZero() {
		if now.Before(r.lag) {
			return
		}
		if m.PowerState == "poweredOff" {
			if !r.parked {
				r.parked = true
				m.row(r, "pending", r.lag, StatusDetail{})
			}
			return
		}
		if r.parked {
			r.lag = now
		}
		t.begin(m, r.lag)
	}
	if done := r.since.Add(r.build); !r.manual && !now.Before(done) {
		t.end(m, r.ends, done)
	}
}

// begin deletes the old machine and shows provisioning. The new machine will be built from
// what the policy says now.
func (t *Tenant) begin(m *machine, at time.Time) {
	m.run.since = at
	if p := t.policy(m.ProvisioningPolicyID); p != nil {
		m.run.image = p.ImageDisplayName
	}
	m.row(m.run, "active", at, StatusDetail{})
	m.Status, m.StatusDetail, m.LastModifiedDateTime = "provisioning", StatusDetail{}, at
	m.lose(t.cfg.ZeroGUIDs)
	if m.run.manual { // only Finish moves it from here on
		delete(t.running, m)
		return
	}
	t.later(m.run.build)
}

// end shows how the build turned out.
func (t *Tenant) end(m *machine, status string, at time.Time) {
	r := m.run
	m.run = nil
	delete(t.running, m)
	m.Status, m.StatusDetail, m.LastModifiedDateTime = status, StatusDetail{}, at
	state := "done"
	switch status {
	case "failed":
		state, m.StatusDetail = "failed", Report("intuneEnrollFailed")
	case "provisionedWithWarnings":
		m.StatusDetail = StatusDetail{
			Code: "partnerAgentInstallFailed", Message: "The machine is usable; an agent is missing.",
			Info: []Info{{"retriable", "false"}},
		}
	}
	if r != nil && r.report.Code != "" && status != "provisioned" {
		m.StatusDetail = r.report
	}
	if status != "failed" {
		m.renew(at)
	}
	if r == nil { // the machine was added in the middle of a build
		return
	}
	if status != "failed" {
		m.ImageDisplayName = or(r.image, m.ImageDisplayName)
		m.OSVersion, m.UserAccountType = or(r.os, m.OSVersion), or(r.account, m.UserAccountType)
	}
	if !r.lags {
		m.row(r, state, at, m.StatusDetail)
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (m *machine) row(r *run, state string, at time.Time, detail StatusDetail) {
	m.note(Action{
		Name: "Reprovision", State: state, Start: r.posted, Updated: at,
		ManagedDeviceID: m.ManagedDeviceID, Detail: detail,
	})
}

// picture is the machine as reads show it at now.
func (m *machine) picture(now time.Time) CloudPC {
	p := m.clone()
	if r := m.run; r != nil && r.flips && !r.manual && !r.since.IsZero() {
		if third := now.Sub(r.since) * 3; third >= r.build && third < 2*r.build {
			p.Status = "provisioned"
		}
	}
	return p
}

// ready are the states in which a machine may be reprovisioned.
var ready = []string{"provisioned", "provisionedWithWarnings", "failed"}

// Finish ends the build of a machine, whatever the clock says: "provisioned" and
// "provisionedWithWarnings" give it new ids, a new name, a new provisionedDateTime and the
// image of its policy; "failed" gives it none. It also ends a lag. Any other status panics.
func (t *Tenant) Finish(id, status string) { t.FinishAs(id, status, StatusDetail{}) }

// FinishAs is Finish with a report of what went wrong, as from [Report]; one without a code is the
// usual one of the status.
func (t *Tenant) FinishAs(id, status string, d StatusDetail) {
	if !slices.Contains(ready, status) {
		panic(fmt.Sprintf("graphfake: Finish: a build cannot end in %q", status))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle()
	m, now := t.must(id), t.now()
	if m.run != nil && m.run.since.IsZero() {
		t.begin(m, now)
	}
	if m.run != nil {
		m.run.report = d
	}
	t.end(m, status, now)
	t.tell()
}

// GiveUp ends a run before it has begun: the action has failed with a report, and the machine is as it
// was. A run that has begun, or none, is not affected.
func (t *Tenant) GiveUp(id string, d StatusDetail) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle()
	m, now := t.must(id), t.now()
	if r := m.run; r != nil && r.since.IsZero() {
		m.run = nil
		delete(t.running, m)
		m.wipes--
		m.row(r, "failed", now, d)
	}
	t.tell()
}

// Advance ends the lag of a machine, so that its run shows now. Without a run, or after the
// lag, it changes nothing.
func (t *Tenant) Advance(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle()
	m, now := t.must(id), t.now()
	if m.run != nil && now.Before(m.run.lag) {
		m.run.lag = now
	}
	t.settle()
	t.tell()
}

// Row rewrites the newest Reprovision row of a machine as reads will show it, whatever the
// run is doing: any state, in any spelling. A machine without such a row gets one that
// starts now. The next step of the run overwrites it, unless the fault RowLags keeps it.
func (t *Tenant) Row(id, state string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle()
	m, now := t.must(id), t.now()
	row := Action{Name: "Reprovision", Start: now, ManagedDeviceID: m.ManagedDeviceID}
	for _, a := range m.Actions {
		if strings.EqualFold(a.Name, row.Name) {
			row = a
		}
	}
	row.State, row.Updated = state, now
	m.note(row)
	t.tell()
}

// Elsewhere starts a reprovision as an admin would in the admin centre: it is not counted as
// a POST or a wipe, and otherwise looks like any other. A machine that is already being
// built is not affected.
func (t *Tenant) Elsewhere(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle()
	if m := t.must(id); m.run == nil {
		t.start(m, run{})
		m.wipes--
	}
	t.tell()
}

// Wipes is how many POSTs made the tenant act on a machine.
func (t *Tenant) Wipes(id string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.must(id).wipes
}
