package command

// nearestKey guesses the key that was meant: by its name, else by its value (type=admin). It
// makes no guess if two are equally near.
func nearestKey(typed, val string) string {
	var g guess
	for _, k := range keys {
		g.offer(k.name, fold(typed), append([]string{fold(k.name)}, k.also...))
	}
	if g.best == "" {
		for _, k := range keys {
			if k.valueOf(val) != "" {
				g.take(k.name, 0)
			}
		}
	}
	return g.best
}

// nearestValue guesses the value that was meant.
func (k *key) nearestValue(typed string) string {
	var g guess
	for _, v := range k.values {
		g.offer(v.name, fold(typed), append([]string{fold(v.name)}, v.also...))
	}
	return g.best
}

// guess keeps the nearest name so far; best is empty on a tie.
type guess struct {
	best     string
	distance int
	any      bool
}

// offer considers a name by the nearest of its spellings. One typo per three letters is
// near enough.
func (g *guess) offer(name, typed string, spellings []string) {
	near, found := 0, false
	for _, s := range spellings {
		d := distance([]rune(typed), []rune(s))
		if d <= max(1, len(s)/3) && d < len(s) && (!found || d < near) {
			near, found = d, true
		}
	}
	if found {
		g.take(name, near)
	}
}

func (g *guess) take(name string, d int) {
	switch {
	case !g.any || d < g.distance:
		g.best, g.distance, g.any = name, d, true
	case d == g.distance && name != g.best:
		g.best = ""
	}
}

// distance counts the typos between a and b: a letter inserted, deleted or replaced, or two
// neighbours swapped (the optimal string alignment distance).
func distance(a, b []rune) int {
	prev, row := []int(nil), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before := prev
		prev, row = row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			slip := 1
			if a[i-1] == b[j-1] {
				slip = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+slip)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
