package bot_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/slackio"
	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// What an interaction costs, from the client that sends it to the acknowledgement on the wire. The
// fakes take their share of the same machine; the floor is slack-go's own client, which
// acknowledges what it gets and writes nothing down.

var crowdSizes = []int{1, 16, 64}

func BenchmarkCommandToAck(b *testing.B) {
	for _, n := range crowdSizes {
		b.Run(fmt.Sprint(n, "-in-flight"), func(b *testing.B) {
			w := newBenchWorld(b, n, b.N)
			w.bot(b)
			w.acks(b, func(office, i int) *slackfake.Interaction { return w.slack.Type("U_ADA", room(office), pc(i)) })
		})
	}
}

func BenchmarkClickToAck(b *testing.B) {
	for _, n := range crowdSizes {
		b.Run(fmt.Sprint(n, "-in-flight"), func(b *testing.B) {
			w := newBenchWorld(b, n, b.N)
			w.bot(b)
			cards := make([]slackfake.Message, b.N)
			w.each(b, b.N, func(office, i int) { cards[i] = w.card(b, office, i) })
			w.acks(b, func(office, i int) *slackfake.Interaction { return w.slack.Press("U_BEN", cards[i], "approve") })
		})
	}
}

// BenchmarkFloor is a loop over slack-go's socketmode that acknowledges and does nothing else.
func BenchmarkFloor(b *testing.B) {
	for _, n := range crowdSizes {
		b.Run(fmt.Sprint(n, "-in-flight"), func(b *testing.B) {
			w := newBenchWorld(b, n, 0)
			api := slack.New(w.slack.BotToken(), slack.OptionAppLevelToken(w.slack.AppToken()), slack.OptionAPIURL(w.slack.URL()))
			c := socketmode.New(api)
			ctx, stop := context.WithCancel(b.Context())
			var ended sync.WaitGroup
			ended.Go(func() { _ = c.RunContext(ctx) })
			ended.Go(func() {
				for {
					select {
					case e := <-c.Events:
						if e.Request != nil && e.Request.EnvelopeID != "" {
							_ = c.Ack(*e.Request, map[string]any{"text": "R-7K3F: looking for CPC-ada…"})
						}
					case <-ctx.Done():
						return
					}
				}
			})
			b.Cleanup(func() { stop(); ended.Wait() })
			if err := w.slack.Wait(b.Context(), func() bool { return w.slack.Sockets() > 0 }); err != nil {
				b.Fatal(err)
			}
			w.acks(b, func(office, i int) *slackfake.Interaction { return w.slack.Type("U_ADA", room(office), pc(i)) })
		})
	}
}

// BenchmarkDisk is the least that a write can cost which has to be on the disk: the pages of one
// command, appended and synced.
func BenchmarkDisk(b *testing.B) {
	const pages = 18
	f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		began := time.Now()
		for range pages {
			if _, err := f.Write(make([]byte, 4096)); err != nil {
				b.Fatal(err)
			}
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	percentiles(b, took)
}

// BenchmarkFlow is the whole way of a request: command, card, press, POST, redraw, reply. It
// tells as well what a request costs in calls.
func BenchmarkFlow(b *testing.B) {
	const offices = 64
	w := newBenchWorld(b, offices, b.N)
	w.bot(b)
	b.ResetTimer()
	spent := spending()
	w.each(b, b.N, func(office, i int) { w.approve(b, office, w.card(b, office, i)) })
	b.StopTimer()
	chat, other, calls, reads := 0, 0, 0, 0
	for _, c := range w.slack.Calls() {
		switch {
		case strings.HasPrefix(c.Method, "chat."):
			chat++
		case c.Method != "apps.connections.open" && c.Method != "auth.test":
			other++
		}
	}
	for _, c := range w.tenant.Calls() {
		switch {
		case c.Kind == graphfake.Token:
		case c.InBatch:
			reads++
		default:
			calls++
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "flows/s")
	b.ReportMetric(spent(b), "cpu-ms/op")
	b.ReportMetric(float64(chat)/float64(b.N), "chat-calls/op")
	b.ReportMetric(float64(other)/float64(b.N), "other-slack-calls/op")
	b.ReportMetric(float64(calls)/float64(b.N), "graph-calls/op")
	b.ReportMetric(float64(reads)/float64(b.N), "graph-parts/op")
	b.ReportMetric(0, "ns/op")
}

// benchWorld is a workspace with so many channels, in each of which somebody waits for one thing
// after the other, and a tenant with a machine for everybody.
type benchWorld struct {
	slack   *slackfake.Workspace
	tenant  *graphfake.Tenant
	offices int
	said    []chan struct{} // something was said in a channel
	seen    []string        // ts of the newest message of a channel that was looked at
}

func room(office int) string { return fmt.Sprint("C_", office) }
func pc(i int) string        { return fmt.Sprint("CPC-", i) }

func newBenchWorld(b *testing.B, offices, machines int) *benchWorld {
	w := &benchWorld{offices: offices, seen: make([]string, offices)}
	var err error
	if w.slack, err = slackfake.New(slackfake.Config{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(w.slack.Close)
	if w.tenant, err = graphfake.New(graphfake.Config{Build: -1}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(w.tenant.Close)
	people := []string{"U_ADA", "U_BEN"}
	for _, id := range people {
		w.slack.AddPerson(slackfake.Person{ID: id, Name: strings.ToLower(id)})
	}
	index := map[string]int{}
	for i := range offices {
		w.slack.AddChannel(slackfake.Channel{ID: room(i), Name: room(i), BotIn: true, Members: people})
		w.said = append(w.said, make(chan struct{}, 1))
		index[room(i)] = i
	}
	for i := range machines {
		w.tenant.Add(graphfake.CloudPC{DisplayName: pc(i), Status: "provisioned"})
	}
	w.slack.OnCall(func(c slackfake.Call, phase string) {
		if c.Method != "chat.postMessage" || phase != slackfake.Answered {
			return
		}
		select {
		case w.said[index[c.Args["channel"]]] <- struct{}{}:
		default:
		}
	})
	return w
}

// bot starts the real one on a ledger in a file.
func (w *benchWorld) bot(b *testing.B) {
	log := slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelInfo}))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(w.tenant.CertPEM())
	transport := auth.Transport(roots)
	cred, err := azidentity.NewClientSecretCredential(w.tenant.TenantID(), w.tenant.ClientID(), w.tenant.ClientSecret(), &azidentity.ClientSecretCredentialOptions{
		ClientOptions:            azcore.ClientOptions{Transport: &http.Client{Transport: transport}, Cloud: authority(w.tenant), Retry: policy.RetryOptions{MaxRetries: -1}},
		DisableInstanceDiscovery: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	fleet, err := graph.New(graph.Config{URL: w.tenant.URL(), Credential: cred, Beta: true, Timeout: 30 * time.Second, Transport: transport, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	client, err := slackio.Open(b.Context(), slackio.Config{
		AppToken: auth.NewSecret(w.slack.AppToken()), BotToken: auth.NewSecret(w.slack.BotToken()), APIURL: w.slack.URL(), Log: log,
		HTTP: &http.Client{Timeout: 10 * time.Second, Transport: auth.Transport(nil)},
	})
	if err != nil {
		b.Fatal(err)
	}
	rules, err := auth.New(auth.Rules{Home: client.Home(), Admins: []string{"U_ADA", "U_BEN"}})
	if err != nil {
		b.Fatal(err)
	}
	store, err := openLedger(b.Context(), databases["sqlite"](b), nil)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- bot.New(bot.Config{
			Inbox: client, Outbox: client, Directory: client, Fleet: fleet, Store: store, Rules: rules, Log: log,
			Approvals: 1, ApprovalTTL: 8 * time.Hour, GraphTimeout: 30 * time.Second, SettleTimeout: 15 * time.Minute,
			FollowInterval: time.Hour, FollowTimeout: 3 * time.Hour,
		}).Run(ctx)
	}()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		store.Close()
	})
	if err := w.slack.Wait(b.Context(), func() bool { return w.slack.Sockets() >= 2 }); err != nil {
		b.Fatal(err)
	}
}

// each has every office do its next thing as soon as it has done the one before, n in all.
func (w *benchWorld) each(b *testing.B, n int, do func(office, i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for office := range w.offices {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && !b.Failed(); i = int(next.Add(1)) - 1 {
				do(office, i)
			}
		})
	}
	all.Wait()
}

// acks measures how long each interaction waits for its acknowledgement.
func (w *benchWorld) acks(b *testing.B, interaction func(office, i int) *slackfake.Interaction) {
	took := make([]time.Duration, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	spent := spending()
	w.each(b, b.N, func(office, i int) {
		began := time.Now()
		if _, err := interaction(office, i).WaitAck(b.Context()); err != nil {
			b.Error(err)
		}
		took[i] = time.Since(began)
	})
	b.StopTimer()
	b.ReportMetric(spent(b), "cpu-ms/op")
	percentiles(b, took)
}

// percentiles reports the median of what was measured, and what all but a hundredth stayed below.
func percentiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// spending tells what processor time each operation has cost since, of everything in this
// process: the bot, the fakes and the people. It does not mind what else the machine does.
func spending() func(b *testing.B) (milliseconds float64) {
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // never fails for oneself
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	began := used()
	return func(b *testing.B) float64 { return float64((used() - began).Microseconds()) / 1000 / float64(b.N) }
}

// card asks for a machine and waits for its card.
func (w *benchWorld) card(b *testing.B, office, i int) slackfake.Message {
	if _, err := w.slack.Type("U_ADA", room(office), pc(i)).WaitAck(b.Context()); err != nil {
		b.Error(err)
	}
	return w.await(b, office, func(m slackfake.Message) bool { return m.ThreadTS == "" })
}

// await is the next message of an office that is what is waited for.
func (w *benchWorld) await(b *testing.B, office int, is func(slackfake.Message) bool) slackfake.Message {
	for {
		for _, m := range w.slack.MessagesAfter(room(office), w.seen[office]) {
			w.seen[office] = m.TS
			if is(m) {
				return m
			}
		}
		select {
		case <-w.said[office]:
		case <-time.After(20 * time.Second):
			b.Errorf("office %d waits in vain", office)
			return slackfake.Message{}
		}
	}
}
