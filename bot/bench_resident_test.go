package bot_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cloudpc-bot/bot/slackfake"
)

// BenchmarkResident is what the program as it is shipped holds in memory, in a process of its
// own, after ten thousand requests: that all wait for approval, or were all approved and sent.
func BenchmarkResident(b *testing.B) {
	const requests, offices = 10_000, 64
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("it is read from Linux's /proc")
	}
	for name, approved := range map[string]bool{"10000-open": false, "10000-sent": true} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				w := newBenchWorld(b, offices, requests)
				p := w.process(b)
				w.each(b, requests, func(office, i int) {
					m := w.card(b, office, i)
					if approved {
						w.approve(b, office, m)
					}
				})
				b.ReportMetric(p.megabytes(b, "VmRSS"), "MB-resident")
				b.ReportMetric(p.megabytes(b, "VmHWM"), "MB-peak")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// shipped is the program in a process of its own.
type shipped struct{ *exec.Cmd }

// process starts it between the services of the world.
func (w *benchWorld) process(b *testing.B) *shipped {
	b.Helper()
	ca := filepath.Join(b.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, w.tenant.CertPEM(), 0o600); err != nil {
		b.Fatal(err)
	}
	p := &shipped{exec.Command(build(b))}
	p.Env = []string{"HTTP_ADDR=off", "SLACK_PACE=0", "ADMINS=U_ADA,U_BEN", "MAX_PER_HOUR=0", "MAX_PER_ADMIN_PER_HOUR=0", "MAX_OPEN_PER_PERSON=0",
		"SLACK_APP_TOKEN=" + w.slack.AppToken(), "SLACK_BOT_TOKEN=" + w.slack.BotToken(), "SLACK_API_URL=" + w.slack.URL(),
		"DATABASE_URL=" + databases["sqlite"](b), "GRAPH_URL=" + w.tenant.URL(), "CA_CERTS=" + ca, "FOLLOW_INTERVAL=1h",
		"AZURE_TENANT_ID=" + w.tenant.TenantID(), "AZURE_CLIENT_ID=" + w.tenant.ClientID(), "AZURE_CLIENT_SECRET=" + w.tenant.ClientSecret(),
		"AZURE_AUTHORITY_HOST=" + w.tenant.Authority(), "AZURE_DISABLE_INSTANCE_DISCOVERY=true",
	}
	if err := p.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = p.Process.Signal(syscall.SIGTERM)
		if err := p.Wait(); err != nil {
			b.Error(err)
		}
	})
	if err := w.slack.Wait(b.Context(), func() bool { return w.slack.Sockets() >= 2 }); err != nil {
		b.Fatal(err)
	}
	return p
}

// megabytes reads a line of the process's status, as VmRSS.
func (p *shipped) megabytes(b *testing.B, line string) (mb float64) {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), line+":")
	if _, err := fmt.Sscanf(rest, "%f kB", &mb); err != nil {
		b.Fatal(err)
	}
	return mb / 1024
}

// approve has somebody press Approve on a card, and waits until its thread says that Graph took it.
func (w *benchWorld) approve(b *testing.B, office int, m slackfake.Message) {
	if _, err := w.slack.Press("U_BEN", m, "approve").WaitAck(b.Context()); err != nil {
		b.Error(err)
	}
	w.await(b, office, func(m slackfake.Message) bool {
		return m.ThreadTS != "" && strings.Contains(m.Text, "Accepted by Microsoft")
	})
}
