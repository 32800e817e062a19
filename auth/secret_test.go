package auth_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"cloudpc-bot/auth"
)

const token = "xoxb-s3cr3t-0f-th3-b0t"

// inForms are the ways in which a value may be printed without being plain to see.
func inForms(value string) map[string]string {
	return map[string]string{
		"plain": value, "hex": hex.EncodeToString([]byte(value)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(value))),
		"spaced hex": strings.TrimPrefix(fmt.Sprintf("% x", value), " "), "base64": base64.RawStdEncoding.EncodeToString([]byte(value)),
		"bytes": strings.Trim(fmt.Sprint([]byte(value)), "[]"),
	}
}

type (
	exported   struct{ Token auth.Secret }
	unexported struct{ token auth.Secret }
	embedded   struct{ auth.Secret }
	pointed    struct{ token *auth.Secret }
	nested     struct{ in map[string][]unexported }
	boxed      struct{ token any }
	failure    struct{ token auth.Secret }
)

func (failure) Error() string { return "no" }

func TestASecretIsPrintedByNothing(t *testing.T) {
	t.Parallel()
	s := auth.NewSecret(token)
	holders := map[string]any{
		"itself": s, "a pointer": &s, "a slice": []auth.Secret{s}, "an array": [1]auth.Secret{s}, "a map": map[string]auth.Secret{"t": s},
		"exported": exported{s}, "unexported": unexported{s}, "embedded": embedded{s}, "pointed to": pointed{&s}, "in an interface": boxed{s},
		"a pointer to exported": &exported{s}, "a pointer to unexported": &unexported{s}, "a pointer to pointed to": &pointed{&s},
		"nested": &nested{map[string][]unexported{"a": {{s}}}}, "an error": failure{s}, "wrapped": fmt.Errorf("open: %w", failure{s}),
		"joined": errors.Join(failure{s}, errors.New("other")), "in a text": fmt.Errorf("with %v", s),
	}
	for name, holder := range holders {
		for how, text := range printed(holder) {
			for form, secret := range inForms(token) {
				if strings.Contains(text, secret) {
					t.Errorf("%s by %s shows the secret (%s): %s", name, how, form, text)
				}
			}
		}
		if found := walk(reflect.ValueOf(holder), 0); strings.Contains(found, token) {
			t.Errorf("%s: reflection finds the secret", name)
		}
	}
}

// printed is what fmt, encoding/json and slog make of a value.
func printed(v any) map[string]string {
	out := map[string]string{"Sprint": fmt.Sprint(v), "Sprintln": fmt.Sprintln(v)}
	for _, format := range []string{"one too many", "%w", "%[2]d", "%*d"} { // what is wrong is printed with its argument
		out["Errorf "+format] = fmt.Errorf(format, v).Error()
	}
	for _, verb := range "vTtbcdoOqxXUeEfFgGspwz" {
		for _, flags := range []string{"", "+", "#", " ", "-40", ".3", "0", "+#"} {
			format := "%" + flags + string(verb)
			out[format] = fmt.Sprintf(format, v)
		}
	}
	if raw, err := json.Marshal(v); err != nil {
		out["json"] = err.Error()
	} else {
		out["json"] = string(raw)
	}
	var text, lines bytes.Buffer
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&text, nil)), slog.New(slog.NewJSONHandler(&lines, nil))} {
		log.With("early", v).Info("said", "attr", v, slog.Group("group", "in", v))
	}
	out["slog text"], out["slog JSON"] = text.String(), lines.String()
	return out
}

// walk is every string that reflection reaches from v, through unexported fields and pointers.
func walk(v reflect.Value, depth int) string {
	if depth > 10 {
		return ""
	}
	var all strings.Builder
	switch v.Kind() {
	case reflect.String:
		return v.String() + "\n"
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return walk(v.Elem(), depth+1)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			all.WriteString(walk(field, depth+1))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			all.WriteString(walk(v.Index(i), depth+1))
		}
	case reflect.Map:
		for i := v.MapRange(); i.Next(); {
			all.WriteString(walk(i.Value(), depth+1))
		}
	}
	return all.String()
}

func TestASecretSaysThatItIsOne(t *testing.T) {
	t.Parallel()
	all := printed(exported{auth.NewSecret(token)})
	for how, want := range map[string]string{
		"%v": "{REDACTED}", "%+v": "{Token:REDACTED}", "%#v": "auth_test.exported{Token:REDACTED}", "%s": "{REDACTED}", "%q": "{REDACTED}", "%d": "{REDACTED}",
		"json": `{"Token":"REDACTED"}`, "slog text": "attr={Token:REDACTED}", "slog JSON": `"attr":{"Token":"REDACTED"}`,
	} {
		if got := all[how]; got != want && (!strings.HasPrefix(how, "slog") || !strings.Contains(got, want)) {
			t.Errorf("%s: %s, want %s", how, got, want)
		}
	}
	for _, how := range []string{"%v", "%x", "Sprintln", "json", "slog text", "slog JSON"} {
		if got := printed(auth.NewSecret(token))[how]; !strings.Contains(got, "REDACTED") {
			t.Errorf("by itself, %s: %s", how, got)
		}
	}
}

func TestASecretIsRevealedToWhoAsks(t *testing.T) {
	t.Parallel()
	var none, read auth.Secret
	if !none.IsZero() || none.Reveal() != "" || !auth.NewSecret("").IsZero() {
		t.Error("the zero value is not empty")
	}
	if err := json.Unmarshal([]byte(`"`+token+`"`), &read); err != nil || read.IsZero() || read.Reveal() != token {
		t.Errorf("read from JSON: %q %v", read.Reveal(), err)
	}
	text := []byte(token)
	if err := read.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	if clear(text); read.Reveal() != token {
		t.Error("it holds on to the caller's bytes")
	}
}
