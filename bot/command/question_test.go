package command

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// asked is what a command is asked back, without where.
func asked(t *testing.T, text string) Error {
	t.Helper()
	e := *parseError(t, text)
	e.Text, e.At, e.Len, e.Got, e.Want, e.Key = "", 0, 0, "", nil, ""
	return e
}

func TestWhatIsNearlyAVerbIsAskedBack(t *testing.T) {
	for typed, want := range map[string]Error{
		"freeze!":             {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"freeze!"`},
		"*freeze*":            {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"freeze"`},
		"`freeze`":            {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"freeze"`},
		"```freeze```":        {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"freeze"`},
		"```\nfreeze\n```":    {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"freeze"`},
		"*_FREEZE!_*":         {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"FREEZE!"`},
		"/freeze":             {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"/freeze"`},
		"(unfreeze)":          {Problem: NearVerb, Verb: Unfreeze, Nearest: "unfreeze", Machine: `"(unfreeze)"`},
		"list.":               {Problem: NearVerb, Verb: List, Nearest: "list", Machine: `"list."`},
		"Help?!":              {Problem: NearVerb, Verb: Help, Nearest: "help", Machine: `"Help?!"`},
		"frezee":              {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"frezee"`},
		"frezee!":             {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"frezee!"`},
		"unfreze":             {Problem: NearVerb, Verb: Unfreeze, Nearest: "unfreeze", Machine: `"unfreze"`},
		"nfreeze":             {Problem: NearVerb, Verb: Unfreeze, Nearest: "unfreeze", Machine: `"nfreeze"`}, // as near to freeze: more letters get lost than found
		"stauts":              {Problem: NearVerb, Verb: Status, Nearest: "status", Machine: `"stauts"`},
		"stauts r-7k3f":       {Problem: NearVerb, Verb: Status, Nearest: "status R-7K3F"},
		"histroy R-7K3F":      {Problem: NearVerb, Verb: Status, Nearest: "status R-7K3F"},
		"histroy CPC-ada":     {Problem: NearVerb, Verb: History, Nearest: "history CPC-ada"},
		`stauts "CPC ada"`:    {Problem: NearVerb, Verb: Status, Nearest: `status "CPC ada"`},
		"cancle R-7K3F":       {Problem: NearVerb, Verb: Cancel, Nearest: "cancel R-7K3F"},
		"cancle 7k3f":         {Problem: NearVerb, Verb: Cancel, Nearest: "cancel R-7K3F"},
		"`cancle R-7K3F`":     {Problem: NearVerb, Verb: Cancel, Nearest: "cancel R-7K3F"},
		"*cancel* `R-7K3F`":   {Problem: NearVerb, Verb: Cancel, Nearest: "cancel R-7K3F"},
		"cancle":              {Problem: NearVerb, Verb: Cancel, Nearest: "cancel", Machine: `"cancle"`},
		"frezee R-7K3F":       {Problem: NearVerb, Verb: Freeze, Nearest: "freeze"},
		"frezee Intune’s off": {Problem: NearVerb, Verb: Freeze, Nearest: "freeze \"Intune’s off\""}, // two machines else
		"freeze! now":         {Problem: NearVerb, Verb: Freeze, Nearest: "freeze"},
		"*status* CPC-ada":    {Problem: NearVerb, Verb: Status, Nearest: "status CPC-ada"},
		"R-7K3F.":             {Problem: NearVerb, Verb: Status, Nearest: "status R-7K3F", Machine: `"R-7K3F."`},
		"R-7K3F cancel":       {Problem: NearVerb, Verb: Cancel, Nearest: "cancel R-7K3F"},
		"R-7K3F approve":      {Problem: Buttons, Verb: Status, Nearest: "status R-7K3F"},

		"stop":               {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"stop"`},
		"STOP!!":             {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"STOP!!"`},
		"stop R-7K3F":        {Problem: NearVerb, Verb: Cancel, Nearest: "cancel R-7K3F"},
		"stop please":        {Problem: NearVerb, Verb: Freeze, Nearest: "freeze"},
		"resume":             {Problem: NearVerb, Verb: Unfreeze, Nearest: "unfreeze", Machine: `"resume"`},
		"abort R-7K3F now":   {Problem: NearVerb, Verb: Cancel, Nearest: "cancel R-7K3F"},
		"stop CPC-ada":       {Problem: NearVerb, Verb: Freeze, Nearest: "freeze", Machine: `"stop CPC-ada"`},
		"abort CPC-ada":      {Problem: NearVerb, Verb: Cancel, Nearest: "cancel", Machine: `"abort CPC-ada"`},
		"show the lamp":      {Problem: NearVerb, Verb: Status, Nearest: "status", Machine: `"show the lamp"`},
		`log "CPC ada"`:      {Problem: NearVerb, Verb: History, Nearest: `history "CPC ada"`},
		"show CPC-ada":       {Problem: NearVerb, Verb: Status, Nearest: "status CPC-ada", Machine: `"show CPC-ada"`},
		"show":               {Problem: NearVerb, Verb: Status, Nearest: "status", Machine: `"show"`},
		"ls":                 {Problem: NearVerb, Verb: List, Nearest: "list", Machine: `"ls"`},
		"log CPC-ada":        {Problem: NearVerb, Verb: History, Nearest: "history CPC-ada", Machine: `"log CPC-ada"`},
		"approve R-7K3F":     {Problem: Buttons, Verb: Status, Nearest: "status R-7K3F"},
		"approve":            {Problem: Buttons, Verb: List, Nearest: "list", Machine: `"approve"`},
		"Deny CPC-ada":       {Problem: Buttons, Verb: Status, Nearest: "status CPC-ada", Machine: `"Deny CPC-ada"`},
		"version":            {Problem: NoVersion, Verb: Help, Nearest: "help", Machine: `"version"`},
		"--version":          {Problem: NoVersion, Verb: Help, Nearest: "help", Machine: `"--version"`},
		"my":                 {Problem: NearVerb, Verb: Mine, Nearest: "mine", Machine: `"my"`},
		"myself":             {Problem: NearVerb, Verb: Mine, Nearest: "mine", Machine: `"myself"`},
		"reprovision":        {Problem: NoMachine, Machine: `"reprovision"`},
		"/reprovision os=11": {Problem: OwnName, Verb: Form, Nearest: "os=windows11"},
		"thanks":             {Problem: Filler, Machine: `"thanks"`},

		"reprovision stop":         {Problem: OwnName, Verb: Freeze, Nearest: "freeze"},
		"please stop":              {Problem: Filler, Verb: Freeze, Nearest: "freeze"},
		"please frezee":            {Problem: Filler, Verb: Freeze, Nearest: "freeze"},
		"please abort R-7K3F":      {Problem: Filler, Verb: Cancel, Nearest: "cancel R-7K3F"},
		"please R-7K3F.":           {Problem: Filler, Verb: Status, Nearest: "status R-7K3F"},
		"deny R-7K3F because no":   {Problem: Buttons, Verb: Status, Nearest: "status R-7K3F"},
		"cancle R-7K3F he is back": {Problem: NearVerb, Verb: Cancel, Nearest: "cancel R-7K3F"},
		"canceled":                 {Problem: NearVerb, Verb: Cancel, Nearest: "cancel", Machine: `"canceled"`},
	} {
		if diff := cmp.Diff(want, asked(t, typed)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", typed, diff)
		}
	}
}

func TestABareRequestIsItsStatus(t *testing.T) {
	for _, typed := range []string{"R-7K3F", "r-7k3f", "r–7k3f", " `R-7K3F` ", "*R-7K3F*"} {
		if got, err := Parse(typed); err != nil || got != about(Status, "R-7K3F") {
			t.Errorf("%s reads as %#v, %v", typed, got, err)
		}
	}
	for _, typed := range []string{`"R-7K3F"`, "'R-7K3F'", "R-7K3F os=windows11", "7K3F", "R-7K30"} {
		if got, err := Parse(typed); err != nil || got.Verb != Reprovision || got.PC != strings.Trim(strings.Fields(typed)[0], `"'`) {
			t.Errorf("%s reads as %#v, %v", typed, got, err)
		}
	}
}

func TestEveryHintKnowsWhatToDo(t *testing.T) {
	for _, h := range hints {
		for _, w := range h.words {
			if verbOf(w) != nil {
				t.Errorf("%s is a verb", w)
			}
			for _, typed := range []string{w, strings.ToUpper(w), w + "!", "*" + w + "*", "`" + w + "`"} {
				if o, err := Parse(typed); err == nil {
					t.Fatalf("%s is taken for %#v", typed, o)
				}
				e := asked(t, typed)
				if h.problem == "" && (e.Problem != NearVerb || e.Verb != h.verb) {
					t.Errorf("%s is answered with %+v", typed, e)
				}
				suggests(t, typed, e)
				name := strings.Trim(typed, "*`")
				if o, err := Parse(e.Machine); err != nil || o != pc(name) {
					t.Errorf("%s: %s reads as %#v, %v", typed, e.Machine, o, err)
				}
			}
			if h.problem != OwnName {
				suggests(t, w+" R-7K3F", asked(t, w+" R-7K3F"))
			}
			if want := pc(w, win11); !h.own() {
				if got, err := Parse(w + " os=11"); err != nil || got != want {
					t.Errorf("a machine with an option, %s, reads as %#v, %v", w, got, err)
				}
			}
			if got, err := Parse(pc(w).String()); err != nil || got != pc(w) {
				t.Errorf("%s prints what reads as %#v, %v", w, got, err)
			}
		}
	}
}

// suggests holds that what a question suggests can be typed.
func suggests(t *testing.T, typed string, e Error) {
	t.Helper()
	if e.Nearest == "" && (e.Problem == NoMachine || e.Problem == Filler) || e.Nearest == string(Cancel) {
		return
	}
	if o, err := Parse(e.Nearest); err != nil || o.Verb != e.Verb && e.Verb != "" {
		t.Errorf("%s: %s is suggested (%s), which reads as %#v, %v", typed, e.Nearest, e.Verb, o, err)
	}
}

func TestOneSlipInAVerbIsNoMachine(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	for _, v := range verbs {
		w := string(v.name)
		if len(w) < 5 {
			continue
		}
		var slips []string
		for i := range len(w) + 1 {
			for _, l := range letters {
				slips = append(slips, w[:i]+string(l)+w[i:])
				if i < len(w) {
					slips = append(slips, w[:i]+string(l)+w[i+1:])
				}
			}
			if i < len(w) {
				slips = append(slips, w[:i]+w[i+1:])
			}
			if i+1 < len(w) {
				slips = append(slips, w[:i]+w[i+1:i+2]+w[i:i+1]+w[i+2:])
			}
		}
		for _, slip := range slips {
			if verbOf(slip) != nil {
				continue
			}
			o, err := Parse(slip)
			var e *Error
			if !errors.As(err, &e) && o.Verb == Reprovision || e != nil && e.Problem != NearVerb {
				t.Errorf("%s, which is nearly %s, reads as %#v, %v", slip, w, o, err)
			}
			if o, err := Parse(`"` + slip + `"`); err != nil || o != pc(slip) {
				t.Errorf("a machine called %s reads as %#v, %v", slip, o, err)
			}
			if again, err := Parse(pc(slip).String()); err != nil || again != pc(slip) {
				t.Errorf("a machine called %s prints what reads as %#v, %v", slip, again, err)
			}
		}
	}
	for _, typed := range []string{"lits", "hlep", "freeezer", "CPC-freeze", "freeze-1", "list2"} {
		if o, err := Parse(typed); err != nil || o != pc(typed) {
			t.Errorf("%s reads as %#v, %v", typed, o, err)
		}
	}
}

func TestOptionsInOtherStylesAreAskedBack(t *testing.T) {
	oses, accounts := []string{"windows10", "windows11"}, []string{"standardUser", "administrator"}
	for typed, want := range map[string]Error{
		"CPC-ada --os windows11":             {Problem: Style, Key: "os", Got: "--os windows11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada -os Win11":                  {Problem: Style, Key: "os", Got: "-os Win11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada —os windows11":              {Problem: Style, Key: "os", Got: "—os windows11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada os: windows11":              {Problem: Style, Key: "os", Got: "os: windows11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada os:windows11":               {Problem: Style, Key: "os", Got: "os:windows11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada os windows11 account=admin": {Problem: Style, Key: "os", Got: "os windows11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada os windows 11":              {Problem: Style, Key: "os", Got: "os windows 11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada /os windows11":              {Problem: Style, Key: "os", Got: "/os windows11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada /os=windows11":              {Problem: Style, Key: "os", Got: "/os=windows11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada windows 11":                 {Problem: Style, Key: "os", Got: "windows 11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada --account local admin":      {Problem: Style, Key: "account", Got: "--account local admin", Want: accounts, Nearest: "account=administrator"},
		"CPC-ada --os linux":                 {Problem: Style, Key: "os", Got: "--os", Want: oses},
		"CPC-ada os":                         {Problem: Style, Key: "os", Got: "os", Want: oses},
		"--os windows11 CPC-ada":             {Problem: Style, Key: "os", Got: "--os windows11", Want: oses, Nearest: "os=windows11"},
		"os windows11 CPC-ada":               {Problem: Style, Key: "os", Got: "os windows11", Want: oses, Nearest: "os=windows11"},
		"CPC-ada reason: disk is full os=11": {Problem: Style, Key: "reason", Got: "reason: disk is full", Nearest: `reason="disk is full"`},
		`CPC-ada --reason "disk is full"`:    {Problem: Style, Key: "reason", Got: `--reason "disk is full"`, Nearest: `reason="disk is full"`},
		"CPC-ada why broken":                 {Problem: Style, Key: "reason", Got: "why broken", Nearest: "reason=broken"},
		"CPC-ada windows11":                  {Problem: Style, Key: "os", Got: "windows11", Want: oses, Nearest: "os=windows11"},
		"reprovision CPC-ada os=windows11":   {Problem: OwnName, Got: "reprovision", Verb: Reprovision, Nearest: "CPC-ada os=windows11"},
		"/reprovision CPC-ada os=11":         {Problem: OwnName, Got: "/reprovision", Verb: Reprovision, Nearest: "CPC-ada os=windows11"},
		"reprovison CPC-ada":                 {Problem: OwnName, Got: "reprovison", Verb: Reprovision, Nearest: "CPC-ada"},
		"reprovision list":                   {Problem: OwnName, Got: "reprovision", Verb: List, Nearest: "list"},
		"reprovision CPC-ada CPC-bob":        {Problem: OwnName, Got: "reprovision"},
		"CPC-ada please":                     {Problem: Filler, Got: "please", Verb: Reprovision, Nearest: "CPC-ada"},
		"CPC-ada os=11 NOW!":                 {Problem: Filler, Got: "NOW!", Verb: Reprovision, Nearest: "CPC-ada os=windows11"},
		"CPC-ada please os=11 thanks":        {Problem: Filler, Got: "please", Verb: Reprovision, Nearest: "CPC-ada os=windows11"},
		"please CPC-ada os=11":               {Problem: Filler, Got: "please", Verb: Reprovision, Nearest: "CPC-ada os=windows11"},
		"please freeze":                      {Problem: Filler, Got: "please", Verb: Freeze, Nearest: "freeze"},
		"CPC-ada --force":                    {Problem: Filler, Got: "--force", Verb: Reprovision, Nearest: "CPC-ada"},
		"status desk lamp":                   {Problem: TwoMachines, Got: "desk lamp", Verb: Status, Nearest: `status "desk lamp"`},
		"status desk lamp os=11":             {Problem: Excess, Got: "lamp os=11", Verb: Status},
		"please please CPC-ada now now":      {Problem: Filler, Got: "please", Verb: Reprovision, Nearest: "CPC-ada"},
		"CPC-ada please CPC-bob":             {Problem: Filler, Got: "please"},
	} {
		got := *parseError(t, typed)
		got.Text, got.At, got.Len = "", 0, 0
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", typed, diff)
		}
	}
	if got, err := Parse("CPC-ada --os=windows11"); err != nil || got != pc("CPC-ada", win11) {
		t.Errorf("an option with dashes reads as %#v, %v", got, err)
	}
}

func TestASuggestionIsNotTooLong(t *testing.T) {
	for _, typed := range []string{
		"freeze" + strings.Repeat("!", 494), "please os=11 " + strings.Repeat("x", 486), "status desk " + strings.Repeat("x", 487),
		"stop " + strings.Repeat("x", 495), "frezee it's " + strings.Repeat("x", 488), "reprovision os=11 " + strings.Repeat("x", 482),
	} {
		refused(t, parseError(t, typed))
	}
}

func TestManyQuestionsAreAskedInNoTime(t *testing.T) {
	for _, w := range []string{"please ", "reprovision ", "stop ", "frezee ", "R-7K3F ", "--os ", "please reprovision "} {
		_, _ = Parse(strings.Repeat(w, MaxText/len(w))) // it returns
	}
}
