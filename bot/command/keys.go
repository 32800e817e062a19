package command

import (
	"slices"
	"strings"
)

// key is an option. Its names and those of its values are compared folded.
type key struct {
	name   string
	also   []string
	values []value // none = free text
	set    func(*Order, string)
}

// value is one choice; name is Graph's name for it.
type value struct {
	name string
	also []string
}

var keys = []key{
	{
		name: "os", also: []string{"osversion", "windows"},
		values: []value{
			{string(Windows10), []string{"win10", "w10", "10"}},
			{string(Windows11), []string{"win11", "w11", "11"}},
		},
		set: func(o *Order, v string) { o.OS = OS(v) },
	},
	{
		name: "account", also: []string{"accounttype", "useraccount", "useraccounttype"},
		values: []value{
			{string(StandardUser), []string{"standard", "user"}},
			{string(Administrator), []string{"admin", "localadmin", "localadministrator"}},
		},
		set: func(o *Order, v string) { o.Account = Account(v) },
	},
	{
		name: "reason", also: []string{"why"},
		set: func(o *Order, v string) { o.Reason = v },
	},
	{
		name: "notify", also: []string{"notifyowner", "tell"},
		values: []value{{"yes", []string{"true", "on"}}, {"no", []string{"false", "off"}}},
		set:    func(o *Order, v string) { o.Silent = v == "no" },
	},
}

// sentinel is the member that Graph's enums use in answers for values newer than the client;
// as a request it is meaningless.
const sentinel = "unknownfuturevalue"

// fold makes "OS_Version", "os-version", "OsVersion" and "*osversion*" the same word.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(plain(unmarked(s))))
}

func keyOf(typed string) *key {
	for i, k := range keys {
		if f := fold(typed); f == fold(k.name) || slices.Contains(k.also, f) {
			return &keys[i]
		}
	}
	return nil
}

// valueOf is Graph's name for a value as typed; "" = not a value of this key.
func (k *key) valueOf(typed string) string {
	for _, v := range k.values {
		if f := fold(typed); f == fold(v.name) || slices.Contains(v.also, f) {
			return v.name
		}
	}
	return ""
}

func (k *key) valueNames() []string {
	var names []string
	for _, v := range k.values {
		names = append(names, v.name)
	}
	return names
}

func keyNames() []string {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	return names
}
