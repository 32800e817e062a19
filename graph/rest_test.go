package graph_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// after is the RetryAfter of an error, -1 where it has none.
func after(err error) time.Duration {
	if e, ok := errors.AsType[*graph.Error](err); ok {
		return e.RetryAfter
	}
	return -1
}

// resting is a world and a client whose clocks a test moves.
func resting(t *testing.T, log *bytes.Buffer) (*world, *graph.Client, *clock) {
	t.Helper()
	time := newClock()
	w := open(t, graphfake.Config{Lag: -1, Build: -1, Now: time.now, TokenLife: 1e6 * 1e9})
	return w, w.tuned(t, func(c *graph.Config) {
		c.Now = time.now
		if log != nil {
			c.Log = slog.New(slog.NewTextHandler(log, nil))
		}
	}), time
}

func TestARestIsReadAsItIsMeant(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"95.249": 96 * time.Second, "17": 17 * time.Second, "2400": 40 * time.Minute, "86401": 24*time.Hour + time.Second,
		"Mon, 23 Nov 2026 09:01:30 GMT": 90 * time.Second,
		"0":                             0, "-1": 0, "0.0": 0, "1795424400": 0, "soon": 0, "": 0, "Mon, 23 Nov 2026 08:00:00 GMT": 0,
	} {
		w, c, _ := resting(t, nil)
		pc := w.Add(graphfake.CloudPC{})
		w.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{Status: 429, RetryAfterText: header})
		err := c.Reprovision(t.Context(), pc.ID, graph.Build{})
		if after(err) != want || graph.OutcomeOf(err) != graph.NotActed || len(w.Posts()) != 1 {
			t.Errorf("%q: %v after %d posts, %v", header, after(err), len(w.Posts()), err)
		}
	}
}

func TestAReadIsNotRepeatedBeforeTheRestIsOver(t *testing.T) {
	w := open(t, graphfake.Config{})
	pc := w.Add(graphfake.CloudPC{})
	c := w.client(t, nil)
	w.Fail(graphfake.Match{Kind: graphfake.Get}, graphfake.Fault{Status: 429, RetryAfterText: "0.6", Times: 1})
	if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
		t.Fatal(err)
	}
	var at []time.Time
	for _, call := range w.Calls() {
		if call.Kind == graphfake.Get {
			at = append(at, call.At)
		}
	}
	if len(at) != 2 || at[1].Sub(at[0]) < 600*time.Millisecond {
		t.Errorf("asked at %v", at)
	}
	for _, header := range []string{"5.2", "95.249", "6"} { // more than the pipeline waits for
		other := w.Add(graphfake.CloudPC{})
		before := w.kinds()[graphfake.Get]
		w.Fail(graphfake.Match{Kind: graphfake.Get}, graphfake.Fault{Status: 503, RetryAfterText: header})
		_, err := c.CloudPC(t.Context(), other.ID)
		w.Heal()
		if n := w.kinds()[graphfake.Get] - before; n != 1 || after(err) < 6*time.Second {
			t.Errorf("%s: %d calls, %v", header, n, err)
		}
	}
}

func TestARestIsHeededByWhoeverReadsTheSame(t *testing.T) {
	for name, row := range map[string]struct {
		kind string
		read func(*graph.Client, context.Context, graphfake.CloudPC) error
	}{
		"a machine": {graphfake.Get, func(c *graph.Client, ctx context.Context, pc graphfake.CloudPC) error {
			_, err := c.CloudPC(ctx, strings.ToUpper(pc.ID))
			return err
		}},
		"a policy": {graphfake.GetPolicy, func(c *graph.Client, ctx context.Context, pc graphfake.CloudPC) error {
			_, err := c.Policy(ctx, pc.ProvisioningPolicyID)
			return err
		}},
		"all": {graphfake.List, func(c *graph.Client, ctx context.Context, pc graphfake.CloudPC) error {
			_, err := c.Find(ctx, pc.DisplayName)
			return err
		}},
	} {
		for _, status := range []int{429, 503} {
			t.Run(fmt.Sprint(name, status), func(t *testing.T) {
				w, c, clock := resting(t, nil)
				pc := w.Add(graphfake.CloudPC{})
				ask := func(want time.Duration, calls bool) {
					t.Helper()
					before := w.kinds()[row.kind]
					err := row.read(c, t.Context(), pc)
					if d := max(0, after(err)); d != want || (err == nil) != (want == 0) {
						t.Errorf("%v, want %v: %v", d, want, err)
					}
					if sent := w.kinds()[row.kind] - before; (sent > 0) != calls {
						t.Errorf("%d calls", sent)
					}
					if err != nil && !calls && (!errors.Is(err, graph.ErrThrottled) || graph.OutcomeOf(err) != graph.NotActed) {
						t.Errorf("kept back: %v", err)
					}
				}
				w.Fail(graphfake.Match{Kind: row.kind}, graphfake.Fault{Status: status, RetryAfterText: "39.2"})
				ask(40*time.Second, true)
				w.Heal()
				clock.move(10 * time.Second)
				ask(30*time.Second, false)
				if err := c.Reprovision(t.Context(), pc.ID, graph.Build{}); err != nil {
					t.Errorf("the POST is kept back: %v", err)
				}
				clock.move(30 * time.Second)
				ask(0, true)
				w.Fail(graphfake.Match{Kind: row.kind}, graphfake.Fault{Status: status, RetryAfter: 40 * time.Minute})
				ask(40*time.Minute, true)
				w.Heal()
				ask(5*time.Minute, false) // it is asked again before the hour is over
				clock.move(5 * time.Minute)
				ask(0, true)
			})
		}
	}
}

func TestOneRestIsOneMachines(t *testing.T) {
	w, c, clock := resting(t, nil)
	var ids []string
	for i := range 4 {
		ids = append(ids, w.Add(graphfake.CloudPC{DisplayName: fmt.Sprint("CPC-", i)}).ID)
	}
	read := func() (rests []time.Duration, asked int) {
		_, before := w.calls()
		for _, r := range c.CloudPCs(t.Context(), ids) {
			rests = append(rests, max(0, after(r.Err)))
			if r.Err != nil && !errors.Is(r.Err, graph.ErrThrottled) {
				t.Error(r.Err)
			}
		}
		_, now := w.calls()
		return rests, now - before
	}
	want := func(asked int, rests ...time.Duration) {
		t.Helper()
		if got, n := read(); fmt.Sprint(got) != fmt.Sprint(rests) || n != asked {
			t.Errorf("%v of %d, want %v of %d", got, n, rests, asked)
		}
	}
	w.Fail(graphfake.Match{Kind: graphfake.Get, PC: ids[1]}, graphfake.Fault{Status: 429, RetryAfter: time.Minute, Times: 1})
	want(4, 0, time.Minute, 0, 0)
	clock.move(20 * time.Second)
	want(3, 0, 40*time.Second, 0, 0)
	if _, err := c.CloudPC(t.Context(), ids[1]); after(err) != 40*time.Second {
		t.Errorf("alone: %v", err)
	}
	clock.move(40 * time.Second)
	w.Fail(graphfake.Match{Kind: graphfake.Get, PC: ids[0]}, graphfake.Fault{Status: 429, RetryAfter: 30 * time.Second, Times: 1})
	if _, err := c.CloudPC(t.Context(), ids[0]); after(err) != 30*time.Second {
		t.Errorf("alone: %v", err)
	}
	want(3, 30*time.Second, 0, 0, 0)
	clock.move(30 * time.Second)
	w.Fail(graphfake.Match{Kind: graphfake.Batch}, graphfake.Fault{Status: 429, RetryAfter: 20 * time.Minute, Times: 1})
	want(0, 20*time.Minute, 20*time.Minute, 20*time.Minute, 20*time.Minute)
	want(0, 5*time.Minute, 5*time.Minute, 5*time.Minute, 5*time.Minute)
	if alone, _ := w.calls(); alone != 5 {
		t.Errorf("%d calls", alone)
	}
	clock.move(5 * time.Minute)
	want(4, 0, 0, 0, 0)
}

func TestALongRestIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	w, c, clock := resting(t, &log)
	pc := w.Add(graphfake.CloudPC{})
	read := func(d time.Duration) string {
		log.Reset()
		w.Fail(graphfake.Match{Kind: graphfake.Get}, graphfake.Fault{Status: 429, RetryAfter: d, Times: 1})
		for range 3 {
			_, _ = c.CloudPC(t.Context(), pc.ID)
		}
		w.Heal()
		return log.String()
	}
	if told := read(time.Minute); told != "" {
		t.Errorf("a short one: %s", told)
	}
	clock.move(time.Minute)
	told := read(40 * time.Minute)
	if strings.Count(told, "\n") != 1 || !strings.Contains(told, "level=WARN") || !strings.Contains(told, `service="Microsoft Graph"`) ||
		!strings.Contains(told, pc.ID) || !strings.Contains(told, "until=2026-11-23T09:06:00") {
		t.Errorf("told: %s", told)
	}
}

func TestEntrasRestIsHeeded(t *testing.T) {
	for _, status := range []int{429, 503} {
		var log bytes.Buffer
		w, c, clock := resting(t, &log)
		pc := w.Add(graphfake.CloudPC{})
		w.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: status, RetryAfterText: "89.5"})
		_, err := c.CloudPC(t.Context(), pc.ID)
		w.Heal()
		if !errors.Is(err, graph.ErrNoToken) || after(err) != 90*time.Second || errors.Is(err, graph.ErrRejected) {
			t.Errorf("%d: %v", status, err)
		}
		asked := w.kinds()[graphfake.Token]
		clock.move(30 * time.Second)
		_, read := c.CloudPC(t.Context(), pc.ID)
		for _, err := range []error{read, c.Reprovision(t.Context(), pc.ID, graph.Build{})} {
			if !errors.Is(err, graph.ErrNoToken) || after(err) != time.Minute || graph.OutcomeOf(err) != graph.NotActed {
				t.Errorf("%d: in the rest: %v", status, err)
			}
		}
		if err := c.SignIn(t.Context()); !errors.Is(err, graph.ErrNoToken) || w.kinds()[graphfake.Token] != asked {
			t.Errorf("%d: %v after %d requests", status, err, w.kinds()[graphfake.Token]-asked)
		}
		if told := log.String(); strings.Count(told, "service=Entra") != 1 || strings.Count(told, "WARN") != 1 {
			t.Errorf("told: %s", told)
		}
		clock.move(time.Minute)
		if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
			t.Errorf("%d: afterwards: %v", status, err)
		}
	}
}
