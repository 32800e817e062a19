package metrics

import (
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// values are all that a label may hold besides other.
type values []string

// other is the label of what is in no set of values.
const other = "other"

// of is the label for v.
func (all values) of(v string) string {
	if slices.Contains(all, v) {
		return v
	}
	return other
}

// start makes a series at zero for each value. Prometheus counts only what it has seen grow: a series that
// begins with its first event would hide that event.
func (all values) start(c *prometheus.CounterVec) {
	for _, v := range all {
		c.WithLabelValues(v)
	}
}

// none is the status of a call that got no answer.
const none = "none"

// statusOf is the label of an HTTP status; 0 = no answer.
func statusOf(code int) string {
	switch {
	case code == 0:
		return none
	case code < 100 || code > 599:
		return other
	}
	return strconv.Itoa(code)
}

// words are constants of a package as the values of a label.
func words[T ~string](all []T) (out values) {
	for _, v := range all {
		out = append(out, string(v))
	}
	return out
}
