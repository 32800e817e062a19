package ledger

import (
	"slices"
	"time"
)

// Sample says of which runs a [Usual] is made.
type Sample int

// The samples, from the least to the most telling.
const (
	Assumed Sample = iota // of none: the ledger has too few
	OfAll                 // of all runs in the ledger
	OfKin                 // of machines with the same plan and the same provisioning policy
)

// Usual is how long a run usually takes: half of the runs of its sample took longer than Low and less
// than High, and half took less than Median.
type Usual struct {
	Sample            Sample
	Low, Median, High time.Duration
}

const (
	// fewest is how many runs a sample needs. Of fewer, the middle half is mostly chance.
	fewest = 8
	// newest is how many runs a sample has at most, so that it follows what Microsoft changes.
	newest = 50
)

// RunsForAnEstimate is how many of the newest runs are read for an estimate: among them there should be enough
// of the same plan and policy.
const RunsForAnEstimate = 500

// assumed is what runs take until the ledger knows better. Microsoft publishes no figure.
var assumed = Usual{Low: 30 * time.Minute, Median: 45 * time.Minute, High: time.Hour}

// RunsFresh is for how long the runs that were read may be used for an estimate.
const RunsFresh = 10 * time.Minute

// lastMinute is for runs that were being stored while others were read, and for clocks that differ.
const lastMinute = time.Minute

// UsualOf says how long a run like that of r usually takes, by earlier runs, newest first. Runs that ended
// after it began, or within [RunsFresh] before, do not count: so all who ask while it lasts, by runs that are no older
// than that, expect the same of it. Only where so many others end meanwhile that those that count are no longer among
// the [RunsForAnEstimate] newest does that change.
func UsualOf(r Request, runs []Run) Usual {
	var all, kin []time.Duration
	until := r.Submission.At.Add(-RunsFresh - lastMinute)
	for _, run := range runs {
		switch {
		case run.Took <= 0, !run.Ended.Before(until):
			continue
		case run.PlanID == r.Target.PlanID && run.PolicyID == r.Target.PolicyID && len(kin) < newest:
			kin = append(kin, run.Took)
		}
		if len(all) < newest {
			all = append(all, run.Took)
		}
	}
	switch {
	case len(kin) >= fewest:
		return middleOf(kin, OfKin)
	case len(all) >= fewest:
		return middleOf(all, OfAll)
	}
	return assumed
}

func middleOf(took []time.Duration, of Sample) Usual {
	slices.Sort(took)
	return Usual{of, quantile(took, 0.25), quantile(took, 0.5), quantile(took, 0.75)}
}

// quantile is the value below which the next one falls with probability p, estimated from sorted values:
// that at place p(n+1), between two of them in proportion. With other rules, such as p(n-1)+1, the
// middle half of few values is too narrow: it holds 39 % of what follows eight values, and this one 50 %
// (Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996, definition 6).
func quantile(sorted []time.Duration, p float64) time.Duration {
	n := len(sorted)
	place := min(max(p*float64(n+1), 1), float64(n))
	i := int(place)
	low := sorted[i-1]
	high := sorted[min(i, n-1)]
	return low + time.Duration((place-float64(i))*float64(high-low))
}
