package config

import (
	"errors"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caarlos0/env/v11"
	"github.com/google/go-cmp/cmp"
)

// params are the variables by the tags of Config.
func params(t *testing.T) []env.FieldParams {
	t.Helper()
	all, err := env.GetFieldParams(&Config{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryVariableHasARow(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range params(t) {
		names = append(names, p.Key)
	}
	if diff := cmp.Diff(names, Variables()); diff != "" {
		t.Errorf("variables and rows (-Config +rows):\n%s", diff)
	}
	for _, v := range rows {
		if v.form == "" {
			t.Errorf("%s: no form", v.name)
		}
	}
}

// set makes an environment that has nothing else to say about the program.
func set(t *testing.T, vars ...map[string]string) {
	t.Helper()
	for _, name := range Environment() {
		t.Setenv(name, "") // which is put right at the end
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, some := range vars {
		for name, value := range some {
			t.Setenv(name, value)
		}
	}
}

const guid = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"

// good is the least that the program starts with.
var good = map[string]string{
	"SLACK_APP_TOKEN": "xapp-1-A0GOOD-123-g00d", "SLACK_BOT_TOKEN": "xoxb-g00d", "ADMINS": "U7REALADA,W7REALBEN",
	"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid, "AZURE_CLIENT_SECRET": "s3cr3t~of.nobody",
}

// wrong has a value for each variable that cannot be meant.
var wrong = map[string][]string{
	"SLACK_APP_TOKEN":      {"g4rbage", "xoxb-g4rbage", ""},
	"SLACK_BOT_TOKEN":      {"g4rbage", "xapp-g4rbage", ""},
	"SLACK_API_URL":        {"ftp://g4rbage/", "https://g4rbage.example.com/api", "https://g4rbage@example.com/"},
	"SLACK_PACE":           {"-71s", "g4rbage"},
	"SLACK_APP_TOKEN_FILE": {"/g4rbage", "."},
	"SLACK_BOT_TOKEN_FILE": {"/g4rbage", "."},
	"ADMINS_FILE":          {"/g4rbage", "."},
	"REQUESTERS_FILE":      {"/g4rbage", "."},
	"DATABASE_URL_FILE":    {"/g4rbage", "."},
	"ADMINS":               {"@g4rbage", "U7REALADA,#g4rbage", ""},
	"REQUESTERS":           {"@g4rbage", "U7REALADA,#g4rbage"},
	"APPROVALS":            {"-71", "71", "g4rbage"},
	"ALLOW_SELF_APPROVAL":  {"g4rbage"},
	"APPROVAL_TTL":         {"-71s", "g4rbage"},
	"APPROVAL_CHANNEL":     {"#g4rbage"},
	"NOTIFY_APPROVERS":     {"g4rbage", "off,U024BE7LH"},
	"MAX_OPEN_PER_PERSON":  {"-1", "g4rbage"},
	"REQUIRE_REASON":       {"g4rbage"},
	"OWNER_MAY_APPROVE":    {"g4rbage"},
	"NOTIFY_OWNER":         {"g4rbage"},
	"OWNER_NOTICE":         {"-71s", "g4rbage", "71h"},

	"SELF_SERVICE":             {"g4rbage"},
	"SELF_SERVICE_CLIENT_ID":   {"g4rbage", "{4b5ad5e0-6a0b-4ffc-818d-36bb23cf4d71}", "4b5ad5e06a0b4ffc818d36bb23cf4d71", "71@example.com"},
	"SELF_SERVICE_APPROVALS":   {"-71", "g4rbage"},
	"SELF_SERVICE_TRUST_EMAIL": {"g4rbage"},

	"PROTECTED":              {"CPC-ceo", "dan@example.com,the board", "ada@", "{4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd}", "urn:uuid:4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd", "4b5ad5e06a0b4ffc818d36bb23cf4dbd"},
	"START_FROZEN":           {"g4rbage"},
	"DATABASE_URL":           {"g4rbage", "mysql://g4rbage/", "sqlite::g4rbage:", "postgres:///g4rbage"},
	"RETAIN":                 {"-71h", "71m", "71d"},
	"GRAPH_URL":              {"http://g4rbage", "https://g4rbage/v1.0"},
	"GRAPH_BETA":             {"g4rbage"},
	"GRAPH_TIMEOUT":          {"71ms", "2m71s", "g4rbage"},
	"SETTLE_TIMEOUT":         {"-71s", "g4rbage"},
	"RECONCILE_INTERVAL":     {"-71s", "71ms", "71h", "g4rbage"},
	"FOLLOW_INTERVAL":        {"-71s", "g4rbage"},
	"FOLLOW_TIMEOUT":         {"-71s", "g4rbage"},
	"MAX_PER_HOUR":           {"-71", "g4rbage"},
	"MAX_PER_ADMIN_PER_HOUR": {"-71", "g4rbage"},

	"AZURE_CLIENT_SECRET_FILE":         {"/g4rbage", "."},
	"AZURE_DISABLE_INSTANCE_DISCOVERY": {"g4rbage"},

	"CA_CERTS":   {"/g4rbage.pem"},
	"HTTP_ADDR":  {"g4rbage", "71", "127.0.0.1:g4rbage"},
	"LOG_LEVEL":  {"g4rbage"},
	"LOG_FORMAT": {"g4rbage"},
}

func TestAWrongValueIsToldByItsRow(t *testing.T) {
	set(t, good)
	if c, err := Read(); err != nil || c.SlackBotToken.Reveal() != "xoxb-g00d" {
		t.Fatalf("what is right: %q %v", c.SlackBotToken.Reveal(), err)
	}
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "DATABASE_URL"} {
		if _, there := os.LookupEnv(name); there {
			t.Errorf("%s is still in the environment", name)
		}
	}
	for _, v := range rows {
		if len(wrong[v.name]) == 0 {
			t.Errorf("%s: no wrong value is tried", v.name)
		}
		for _, value := range wrong[v.name] {
			set(t, good, map[string]string{v.name: value})
			_, err := Read()
			want := v.name + " must be " + v.form
			if value == "" {
				want = v.name + " is missing (" + v.form + ")"
			}
			if v.cure != "" {
				want += ": " + v.cure
			}
			if v.name == "APPROVALS" && value == "71" {
				want = "APPROVALS is more than ADMINS can give"
			}
			if v.name == "CA_CERTS" { // is read, and what is wrong with it told by who does
				want = "CA_CERTS: the file cannot be read"
			}
			if mistake, ok := errors.AsType[*Error](err); !ok || !strings.Contains(mistake.Text, "\n  "+want) {
				t.Errorf("%s=%q: %v, want %q", v.name, value, err, want)
			} else if strings.Contains(err.Error(), "g4rbage") || strings.Contains(err.Error(), "71") {
				t.Errorf("%s=%q: its value is told: %v", v.name, value, err)
			}
		}
	}
}

func TestEverythingThatIsWrongIsToldInTheOrderOfTheRows(t *testing.T) {
	all := map[string]string{}
	for name, values := range wrong {
		all[name] = values[0]
	}
	set(t, all)
	_, err := Read()
	if err == nil {
		t.Fatal("it reads")
	}
	var told []string
	for _, line := range strings.Split(err.Error(), "\n")[1:] {
		name, says, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(says, "must be ") && !strings.HasPrefix(says, "is missing (") {
			continue
		}
		if slices.Contains(Variables(), name) {
			told = append(told, name)
		}
	}
	want := slices.DeleteFunc(Variables(), func(name string) bool { return name == "CA_CERTS" }) // has words of its own
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("variables told (-want +got):\n%s", diff)
	}
}

// The table of README.md has each variable once, with its default, and none besides.
func TestTheReadmeHasEveryVariable(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Settings\n")
	section, _, _ = strings.Cut(section, "\n## ")
	told := map[string]string{} // defaults
	for _, line := range regexp.MustCompile("(?m)^\\| (`[A-Z_*]+`(?:, `[A-Z_]+`)*) \\| (.*?) ?\\| (.+) \\|$").FindAllStringSubmatch(section, -1) {
		names, defaults := strings.Split(line[1], ", "), strings.Split(line[2], ", ")
		for i, name := range names {
			name = strings.Trim(name, "`")
			if _, twice := told[name]; twice {
				t.Errorf("README.md has %s twice", name)
			}
			told[name] = defaults[min(i, len(defaults)-1)]
			if len(defaults) != 1 && len(defaults) != len(names) {
				t.Errorf("README.md has %d defaults for %v", len(defaults), names)
			}
		}
	}
	for _, p := range params(t) {
		want := "empty"
		switch {
		case p.Required:
			want = "required"
		case p.HasDefaultValue:
			want = "`" + p.DefaultValue + "`"
		case isBool(p.Key):
			want = "`false`"
		}
		got, there := told[p.Key]
		if !there || got != want {
			t.Errorf("README.md: the default of %s is %q, want %q (it is there: %v)", p.Key, got, want, there)
		}
	}
	for name := range told {
		if !slices.Contains(Environment(), name) && name != "AZURE_*" {
			t.Errorf("README.md has %s, which nobody reads", name)
		}
	}
}

func isBool(name string) bool {
	for f := range reflect.TypeFor[Config]().Fields() {
		if nameOf(f) == name {
			return f.Type.Kind() == reflect.Bool
		}
	}
	return false
}
