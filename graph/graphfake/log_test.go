package graphfake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/graph/graphfake"
)

func TestAHookSeesEachPhaseBeforeTheNextBegins(t *testing.T) {
	c := open(t, graphfake.Config{Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	seen := make(chan string, 10)
	c.tenant.OnCall(func(call graphfake.Call, phase string) {
		seen <- fmt.Sprint(phase, " ", call.Kind, " ", call.Status, " wiped ", c.tenant.Wipes(pc.ID))
	})
	c.want(c.wipe(pc.ID), 204)
	c.want(c.wipe(pc.ID), 409)
	c.want(c.get(admin), 200)
	for _, want := range []string{
		"arrived post 0 wiped 0", "acted post 0 wiped 1", "answered post 204 wiped 1",
		"arrived post 0 wiped 1", "answered post 409 wiped 1",
		"arrived list 0 wiped 1", "answered list 200 wiped 1",
	} {
		equal(t, "hook", <-seen, want)
	}
}

func TestAHookMayKillTheClient(t *testing.T) {
	for _, phase := range []string{graphfake.Arrived, graphfake.Acted} {
		c := open(t, graphfake.Config{Build: -1})
		pc := c.tenant.Add(graphfake.CloudPC{})
		ctx, kill := context.WithCancel(context.Background())
		gone := make(chan struct{})
		c.tenant.OnCall(func(_ graphfake.Call, now string) {
			if now == phase {
				kill()
				<-gone
			}
		})
		r := request(c, ctx, pc.ID)
		if resp, err := c.http.Do(r); err == nil {
			resp.Body.Close()
			t.Errorf("%s: answered", phase)
		}
		close(gone)
		c.wait(func() bool { return c.tenant.Posts()[0].Acted }) // it came, so it is done
	}
}

func TestAnsweredMeansOnTheWire(t *testing.T) {
	c := open(t, graphfake.Config{Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	release := make(chan struct{})
	c.tenant.OnCall(func(_ graphfake.Call, phase string) {
		if phase == graphfake.Answered {
			<-release
		}
	})
	c.want(c.wipe(pc.ID), 204) // while the hook still holds the handler
	close(release)
}

func TestNoSecretInTheLog(t *testing.T) {
	var out syncBuffer
	c := open(t, graphfake.Config{Log: slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	pc := c.tenant.Add(graphfake.CloudPC{})
	c.want(c.do("POST", "/"+c.tenant.TenantID()+"/oauth2/v2.0/token", "grant_type=client_credentials&client_id="+c.tenant.ClientID()+
		"&client_secret="+c.tenant.ClientSecret()+"&scope="+c.tenant.URL()+"/.default", "Content-Type", "application/x-www-form-urlencoded"), 200)
	c.want(c.wipe(pc.ID), 204)
	c.want(c.as("x"+c.token).get(admin), 401)
	all := fmt.Sprintf("%s %+v %+v", out.String(), c.tenant.Calls(), c.tenant.Posts())
	if !strings.Contains(all, "reprovision") {
		t.Fatal("nothing was logged")
	}
	secrets := c.tenant.Secrets()
	equal(t, "secrets", len(secrets), 3)
	if !slices.Contains(secrets, c.token) {
		t.Error("the client's own token is not among the secrets")
	}
	for _, secret := range secrets {
		if strings.Contains(all, secret) {
			t.Error("a secret is in the log")
		}
	}
}

func TestWaitEndsWithItsContextAndTheTenant(t *testing.T) {
	c := open(t, graphfake.Config{})
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	cancel(cause)
	if err := c.tenant.Wait(ctx, func() bool { return false }); !errors.Is(err, cause) {
		t.Errorf("wait: %v", err)
	}
	c.tenant.Close()
	if err := c.tenant.Wait(context.Background(), func() bool { return false }); err == nil {
		t.Error("a closed tenant still waits")
	}
}

func TestCloseEndsAHang(t *testing.T) {
	c := open(t, graphfake.Config{})
	c.tenant.Fail(graphfake.Match{}, graphfake.Fault{Hang: true})
	c.tenant.OnCall(func(graphfake.Call, string) { go c.tenant.Close() })
	if _, err := c.try("GET", admin, ""); err == nil {
		t.Error("answered")
	}
	if c.http.Timeout < time.Second {
		t.Error("the client gave up first")
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
