package command

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// verb is a word that may take the place of the machine. Each row is a verb in the grammar.
type verb struct {
	name Verb
	also []string                      // synonyms, in lower case
	rest func(*splitter, *Order) error // reads the arguments, to the end of the text
	of   bool                          // a machine may follow; one named like a verb goes in quotes

	request Verb // suggested if a request's id follows a near miss of this verb; "" = suggest this verb alone
}

var verbs = []verb{
	// Help ignores whatever else was typed.
	{name: Help, also: []string{"--help", "-help", "-h", "?"}, rest: anything},
	{name: Status, rest: requestOrMachine, of: true, request: Status},
	{name: List, rest: nothing, request: Status},
	{name: History, rest: machineOrNothing, of: true, request: Status},
	{name: Cancel, rest: request, request: Cancel},
	{name: Mine, rest: nothing},
	{name: Freeze, rest: why},
	{name: Unfreeze, rest: nothing},
}

// hint is a word that people type when they mean a verb, or something that no verb does. Each
// row makes Parse ask back: the words are taken for a machine only in quotes or with an
// option.
type hint struct {
	words   []string // in lower case
	verb    Verb     // the suggestion
	request Verb     // the suggestion if a request's id follows; "" = verb without the id
	problem Problem  // what to say; "" = NearVerb

	// Set only on hints that are not in the table:
	slip bool   // the word is a verb in marks or misspelled
	id   string // the word is this request id
}

var hints = []hint{
	{words: []string{"stop", "pause", "halt", "hold", "brake", "frozen"}, verb: Freeze, request: Cancel},
	{words: []string{"resume", "unpause", "continue", "thaw", "unlock"}, verb: Unfreeze},
	{words: []string{"abort", "undo", "kill", "remove", "delete", "revoke", "withdraw", "cancelled", "canceled"}, verb: Cancel, request: Cancel},
	{words: []string{"info", "show", "stat", "state"}, verb: Status, request: Status},
	{words: []string{"ls", "ps", "pending", "queue"}, verb: List, request: Status},
	{words: []string{"log", "logs", "hist", "audit"}, verb: History, request: Status},
	{words: []string{"my", "me", "myself", "own"}, verb: Mine},
	{words: []string{"usage", "commands", "manual", "hello"}, verb: Help},
	{words: []string{"approve", "approved", "accept", "deny", "reject", "decline", "veto"}, verb: List, request: Status, problem: Buttons},
	{words: []string{"version"}, verb: Help, problem: NoVersion},
	{words: []string{string(Reprovision), "wipe", "erase", "rebuild", "reinstall"}, problem: OwnName},
	{words: []string{"please", "pls", "plz", "thanks", "thank", "thx", "you", "now", "asap"}, problem: Filler},
}

// own reports whether the word is another name of this command, which says nothing about the
// machine.
func (h *hint) own() bool { return h.problem == OwnName }

// hintOf finds what a word that is not a verb means, ignoring punctuation and marks around
// it; nil = as far as is known, a machine.
func hintOf(w string) *hint {
	if strings.Contains(w, "@") { // a person, not a verb
		return nil
	}
	core := strings.ToLower(strings.TrimFunc(plain(w), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
	for _, w := range []string{w, core} {
		if v := verbOf(w); v != nil {
			return &hint{verb: v.name, request: v.request, slip: true}
		}
	}
	for i, h := range hints {
		if slices.Contains(h.words, core) {
			return &hints[i]
		}
	}
	if id, ok := sureID(core); ok {
		return &hint{verb: Status, request: Status, id: id}
	}
	return misspelled(core)
}

// enough is the least length of a verb for which one typo is unlikely to make another word.
const enough = 5

// misspelled finds the verb that a word is one typo from. Of two candidates it picks the
// longer one: leaving a letter out is a more common typo than adding one.
func misspelled(w string) (near *hint) {
	longest := 0
	for _, v := range verbs {
		if name := string(v.name); len(name) >= enough && len(name) > longest && slipped(w, name) {
			near, longest = &hint{verb: v.name, request: v.request, slip: true}, len(name)
		}
	}
	if near == nil && slipped(w, string(Reprovision)) {
		near = &hint{problem: OwnName}
	}
	return near
}

// slipped reports whether one typo turns name into w: a letter inserted, deleted or replaced,
// or two neighbours swapped.
func slipped(w, name string) bool {
	for w != "" && name != "" && w[0] == name[0] {
		w, name = w[1:], name[1:]
	}
	for w != "" && name != "" && w[len(w)-1] == name[len(name)-1] {
		w, name = w[:len(w)-1], name[:len(name)-1]
	}
	if len(w) == 2 && len(name) == 2 {
		return w[0] == name[1] && w[1] == name[0]
	}
	return w+name != "" && utf8.RuneCountInString(w) <= 1 && len(name) <= 1
}

// verbOf finds the verb that a bare word is; nil = not a verb.
func verbOf(w string) *verb {
	w = strings.ToLower(plain(w))
	for i, v := range verbs {
		if w == string(v.name) || slices.Contains(v.also, w) {
			return &verbs[i]
		}
	}
	return nil
}

func (v *verb) read(s *splitter) (Order, error) {
	o, ahead := Order{Verb: v.name}, *s
	if w, ok, err := ahead.next(); v.of && ok && err == nil && !w.pair && !w.quoted && verbOf(w.text) != nil {
		e := problem(s.text, w.span, Excess)
		e.Nearest = `"` + plain(w.text) + `"`
		return o, e
	}
	err := v.rest(s, &o)
	var e *Error
	if errors.As(err, &e) && e.Verb == "" {
		e.Verb = v.name
	}
	return o, err
}

func anything(*splitter, *Order) error { return nil }

func nothing(s *splitter, _ *Order) error {
	if s.done() {
		return nil
	}
	return problem(s.text, span{s.at, len(s.text)}, Excess)
}

// requestOrMachine reads a request's id, a machine, or nothing. What could be either is a
// request; in quotes it is a machine, unless it begins with R-.
func requestOrMachine(s *splitter, o *Order) error {
	ahead := *s
	w, ok, err := ahead.next()
	if err != nil || !ok || w.pair {
		return machineOrNothing(s, o)
	}
	id, ok := requestID(w.text)
	if _, sure := sureID(w.text); ok && (!w.quoted || sure) {
		o.Request = id
		if sure {
			return nothing(&ahead, o)
		}
		return alone(w, &ahead, o)
	}
	return machineOrNothing(s, o)
}

// alone expects nothing after a word that could be an id but could also begin a name with
// spaces.
func alone(first word, s *splitter, o *Order) error {
	if s.done() {
		return nil
	}
	name, ok := bareName(splitter{text: s.text, at: first.at})
	if !ok {
		return nothing(s, o)
	}
	e := problem(s.text, span{first.at, len(s.text)}, TwoMachines)
	e.suggest(o.Verb, string(o.Verb)+" "+Order{PC: plain(name)}.quoted())
	return e
}

// machineOrNothing reads a machine, or nothing.
func machineOrNothing(s *splitter, o *Order) error {
	if s.done() {
		return nil
	}
	w, _, err := s.next()
	switch {
	case err != nil:
		return err
	case w.pair:
		return problem(s.text, w.span, Excess)
	}
	if err := refuse(s.text, w.span, invisible); err != nil {
		return err
	}
	if _, mention := s.people[w.span]; mention {
		return problem(s.text, w.span, PersonNotMachine)
	}
	if o.PC, err = machineOf(s.text, w); err != nil || s.done() {
		return err
	}
	second, _, err := s.next()
	switch {
	case err != nil:
		return err
	case second.pair:
		return problem(s.text, span{second.at, len(s.text)}, Excess)
	}
	return problem(s.text, second.span, TwoMachines)
}

// request reads a request's id, with nothing after it.
func request(s *splitter, o *Order) error {
	w, ok, err := s.next()
	switch {
	case err != nil:
		return err
	case w.pair:
		return problem(s.text, w.span, Excess)
	case !ok || w.text == "":
		return problem(s.text, w.span, NoRequest)
	}
	if err := refuse(s.text, w.span, invisible); err != nil {
		return err
	}
	if o.Request, ok = requestID(w.text); !ok {
		return problem(s.text, w.span, NotARequest)
	}
	return nothing(s, o)
}

// requestForm uses the ledger's alphabet, which leaves out 0 O 1 I L U. It spells out both
// cases because case folding (?i) would let letters of other alphabets in.
var requestForm = regexp.MustCompile(`^(?:[Rr]-)?([2-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{4,12})$`)

// requestID returns an id in its canonical form, R-7K3F.
func requestID(typed string) (string, bool) {
	m := requestForm.FindStringSubmatch(plain(typed))
	if m == nil {
		return "", false
	}
	return "R-" + strings.ToUpper(m[1]), true
}

// sureID is requestID for what cannot be a word, because it has its R-.
func sureID(typed string) (string, bool) {
	if !strings.HasPrefix(strings.ToUpper(plain(typed)), "R-") {
		return "", false
	}
	return requestID(typed)
}

// why reads the rest of the line as the reason. Quotes around the whole of it are removed,
// any other quote is kept as it is: an apostrophe must not hold up an admin who needs to stop
// the bot.
func why(s *splitter, o *Order) error {
	if s.done() {
		return nil
	}
	rest, ahead := span{s.at, len(s.text)}, *s
	w, _, _ := ahead.next() // w.quoted is false if the quote is never closed
	o.Reason = string(s.text[rest.at:rest.end])
	switch {
	case w.pair && keyOf(string(s.text[w.key.at:w.key.end])) != nil:
		return problem(s.text, w.key, Excess)
	case w.quoted && w.span == rest:
		o.Reason = w.text
	}
	return fits(s.text, rest, "reason", o.Reason)
}

// Verbs are all verbs that can be typed, in the order of their table.
func Verbs() (all []Verb) {
	for _, v := range verbs {
		all = append(all, v.name)
	}
	return all
}
