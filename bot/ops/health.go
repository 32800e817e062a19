package ops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cloudpc-bot/bot/config"
)

// healthTime is how long the bot may take to answer one probe. /readyz itself takes little more than [partTime], and
// a container's health check is given up after 30 s by default (docs.docker.com/reference/dockerfile/#healthcheck).
const healthTime = 5 * time.Second

// Health asks the bot that runs on this machine, at HTTP_ADDR, whether it is well, and prints what it
// says of itself. It fails unless /healthz answers 200; what /readyz says is only printed. If there is
// nothing to ask, the error is a *config.Error.
func Health(ctx context.Context, out io.Writer) error {
	addr, err := config.HTTPAddr()
	if err != nil {
		return err
	}
	if addr == "off" {
		return &config.Error{Text: "HTTP_ADDR is off, so the bot answers no probes; set it to an address, such as 127.0.0.1:8080"}
	}
	host, err := local(addr)
	if err != nil {
		return &config.Error{Text: "HTTP_ADDR: " + err.Error()}
	}
	if status, text, err := probe(ctx, host, "/healthz"); err != nil {
		return fmt.Errorf("the bot does not answer at HTTP_ADDR: %w", err)
	} else if status != http.StatusOK {
		return fmt.Errorf("the bot is not well: /healthz answers %d %s", status, text)
	}
	status, text, err := probe(ctx, host, "/readyz")
	switch {
	case err != nil:
		_, err = fmt.Fprintf(out, "alive; /readyz does not answer: %v\n", err)
	case status == http.StatusOK:
		_, err = fmt.Fprintln(out, "alive and ready")
	default:
		_, err = fmt.Fprintf(out, "alive, and not ready:\n%s\n", text)
	}
	return err
}

// local is where to reach on this machine what listens on addr, which may be every address of it.
func local(addr string) (string, error) {
	host, name, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	port, err := net.LookupPort("tcp", name)
	switch {
	case err != nil:
		return "", err
	case port == 0:
		return "", errors.New("with port 0 the bot listens on any port, which only its log names; choose one, such as 127.0.0.1:8080")
	}
	switch ip := net.ParseIP(host); {
	case host == "", ip.Equal(net.IPv4zero):
		host = "127.0.0.1"
	case ip.Equal(net.IPv6unspecified):
		host = "::1"
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), nil
}

// probe asks past any proxy, which would ask its own machine.
func probe(ctx context.Context, host, path string) (status int, text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+path, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := (&http.Transport{Proxy: nil, DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return resp.StatusCode, strings.TrimSpace(string(body)), err
}
