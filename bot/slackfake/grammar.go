package slackfake

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// check inspects one value of a JSON document and reports what Slack would refuse. at is its JSON pointer.
type check func(in *inspector, at string, v any)

// shape lists the fields of an object; "name?" is optional. "type" is always allowed and not listed.
type shape map[string]check

// inspector collects the problems of one document.
type inspector struct {
	problems []string
	blockIDs map[string]bool
}

func inspect(c check, at string, v any) []string {
	in := &inspector{blockIDs: map[string]bool{}}
	c(in, at, v)
	return in.problems
}

func (in *inspector) report(at, what string) {
	in.problems = append(in.problems, fmt.Sprintf("[ERROR] %s [json-pointer:%s]", what, at))
}

func anything(*inspector, string, any) {}

// both runs the checks in order, skips nil ones, and stops after the first that reports a problem.
func both(checks ...check) check {
	return func(in *inspector, at string, v any) {
		for _, c := range checks {
			if c == nil {
				continue
			}
			before := len(in.problems)
			if c(in, at, v); len(in.problems) > before {
				return
			}
		}
	}
}

func object(fields shape) check {
	return func(in *inspector, at string, v any) {
		o, ok := v.(map[string]any)
		if !ok {
			in.report(at, "must be an object")
			return
		}
		for _, name := range sortedKeys(o) {
			if fields[name] == nil && fields[name+"?"] == nil && name != "type" {
				in.report(at, "invalid additional property: "+name)
			}
		}
		for _, name := range sortedKeys(fields) {
			field, optional := strings.CutSuffix(name, "?")
			value, given := o[field]
			switch {
			case given && (value != nil || !optional):
				fields[name](in, at+"/"+field, value)
			case !optional:
				in.report(at, "missing required field: "+field)
			}
		}
	}
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// union applies the check for the object's type.
func union(types map[string]check) check {
	return func(in *inspector, at string, v any) {
		o, ok := v.(map[string]any)
		if !ok {
			in.report(at, "must be an object")
			return
		}
		kind, ok := o["type"].(string)
		switch {
		case !ok:
			in.report(at, "missing required field: type")
		case types[kind] == nil:
			in.report(at+"/type", "unsupported type: "+kind)
		default:
			types[kind](in, at, v)
		}
	}
}

func list(least, most int, item check) check {
	return func(in *inspector, at string, v any) {
		l, ok := v.([]any)
		switch {
		case !ok:
			in.report(at, "must be an array")
		case len(l) < least:
			in.report(at, fmt.Sprintf("no fewer than %d items allowed", least))
		case len(l) > most:
			in.report(at, fmt.Sprintf("no more than %d items allowed", most))
		default:
			for i, one := range l {
				item(in, fmt.Sprintf("%s/%d", at, i), one)
			}
		}
	}
}

// str accepts a string of least to most characters.
func str(least, most int) check {
	return func(in *inspector, at string, v any) {
		s, ok := v.(string)
		n := utf8.RuneCountInString(s)
		switch {
		case !ok:
			in.report(at, "must be a string")
		case n < least:
			in.report(at, fmt.Sprintf("must be more than %d characters", least-1))
		case n > most:
			in.report(at, fmt.Sprintf("must be less than %d characters", most+1))
		}
	}
}

func plainText(most int) check {
	return union(map[string]check{"plain_text": object(shape{"text": str(1, most), "emoji?": boolean})})
}

func anyText(most int) check {
	return union(map[string]check{
		"plain_text": object(shape{"text": str(1, most), "emoji?": boolean}),
		"mrkdwn":     object(shape{"text": str(1, most), "verbatim?": boolean}),
	})
}

func boolean(in *inspector, at string, v any) {
	if _, ok := v.(bool); !ok {
		in.report(at, "must be a boolean")
	}
}

func number(in *inspector, at string, v any) {
	if _, ok := v.(float64); !ok {
		in.report(at, "must be a number")
	}
}

func between(least, most float64) check {
	return func(in *inspector, at string, v any) {
		if n, ok := v.(float64); !ok || n < least || n > most {
			in.report(at, fmt.Sprintf("must be a number from %v to %v", least, most))
		}
	}
}

func word(allowed ...string) check {
	return func(in *inspector, at string, v any) {
		if s, ok := v.(string); !ok || !slices.Contains(allowed, s) {
			in.report(at, "value must be one of: "+strings.Join(allowed, ", "))
		}
	}
}

func address(in *inspector, at string, v any) {
	both(str(1, 3000), func(in *inspector, at string, v any) {
		if u, err := url.Parse(v.(string)); err != nil || u.Scheme == "" {
			in.report(at, "invalid url")
		}
	})(in, at, v)
}

// anyOf requires at least one of two fields.
func anyOf(a, b string) check {
	return func(in *inspector, at string, v any) {
		if o := v.(map[string]any); o[a] == nil && o[b] == nil {
			in.report(at, fmt.Sprintf("must have `%s` or `%s`", a, b))
		}
	}
}

// oneOf requires exactly one of two fields.
func oneOf(a, b string) check {
	return both(anyOf(a, b), func(in *inspector, at string, v any) {
		if o := v.(map[string]any); o[a] != nil && o[b] != nil {
			in.report(at, fmt.Sprintf("must not have both `%s` and `%s`", a, b))
		}
	})
}

// textLength returns the total length of all texts in blocks, in characters.
func textLength(raw json.RawMessage) int {
	var v any
	_ = json.Unmarshal(raw, &v) // raw has been inspected already
	return textIn(v)
}

func textIn(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			n += textIn(one)
		}
	case map[string]any:
		for name, one := range v {
			if s, ok := one.(string); ok && name == "text" {
				n += utf8.RuneCountInString(s)
			} else {
				n += textIn(one)
			}
		}
	}
	return n
}
