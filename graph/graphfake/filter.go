package graphfake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// filter parses a $filter: eq and ne between a property and a single-quoted string (a quote
// inside is doubled), and, or, parentheses. Strings compare without regard to case unless
// ExactCase is set. Without a filter all machines match. The tenant's settings say which
// parts of a filter are honoured; the rest is silently ignored, as some real services do.
func (t *Tenant) filter(c *call, clause string, given bool) (func(map[string]any) bool, error) {
	if !given {
		return func(map[string]any) bool { return true }, nil
	}
	fields := t.cfg.FilterV1
	if c.Version == beta {
		fields = t.cfg.FilterBeta
	}
	p := &filterParser{rest: clause, fields: fields, wholeOr: t.cfg.WholeOr, exact: t.cfg.ExactCase, unheeded: t.cfg.Unheeded}
	p.next()
	matches, err := p.or()
	if err == nil && p.token != "" {
		err = fmt.Errorf("syntax error at '%s'", p.token)
	}
	if t.cfg.FirstOnly && err == nil {
		matches = p.first
	}
	return matches, err
}

var filterToken = regexp.MustCompile(`^\s*('(?:[^']|'')*'|[A-Za-z][\w/]*|[()]|\S+)`)

type filterParser struct {
	rest, token string // token is the current one, empty at the end
	fields      []string
	wholeOr     bool
	exact       bool
	unheeded    []string
	first       func(map[string]any) bool // the first comparison
}

func (p *filterParser) next() string {
	taken := p.token
	found := filterToken.FindStringSubmatch(p.rest)
	if found == nil {
		p.rest, p.token = "", ""
		return taken
	}
	p.rest, p.token = p.rest[len(found[0]):], found[1]
	return taken
}

func (p *filterParser) or() (func(map[string]any) bool, error) {
	property := p.token
	left, err := p.and()
	for err == nil && p.token == "or" {
		p.next()
		honoured := p.wholeOr || p.token == property
		a, b := left, left
		if b, err = p.and(); err == nil && honoured {
			left = func(v map[string]any) bool { return a(v) || b(v) }
		}
	}
	return left, err
}

func (p *filterParser) and() (func(map[string]any) bool, error) {
	left, err := p.comparison()
	for err == nil && p.token == "and" {
		p.next()
		a, b := left, left
		if b, err = p.comparison(); err == nil {
			left = func(v map[string]any) bool { return a(v) && b(v) }
		}
	}
	return left, err
}

func (p *filterParser) comparison() (func(map[string]any) bool, error) {
	if p.token == "(" {
		p.next()
		inner, err := p.or()
		if err == nil && p.next() != ")" {
			err = fmt.Errorf("')' expected")
		}
		return inner, err
	}
	field, operator, literal := p.next(), p.next(), p.next()
	switch {
	case !slices.Contains(p.fields, field):
		return nil, fmt.Errorf("the property '%s' does not support filtering", field)
	case operator != "eq" && operator != "ne":
		return nil, fmt.Errorf("the operator '%s' is not supported", operator)
	case len(literal) < 2 || literal[0] != '\'' || literal[len(literal)-1] != '\'':
		return nil, fmt.Errorf("a string literal is expected after '%s %s'", field, operator)
	}
	want := strings.ReplaceAll(literal[1:len(literal)-1], "''", "'")
	equal := strings.EqualFold
	if p.exact {
		equal = func(a, b string) bool { return a == b }
	}
	matches := func(v map[string]any) bool {
		if slices.Contains(p.unheeded, field) {
			return true
		}
		has, _ := v[field].(string)
		return equal(has, want) == (operator == "eq")
	}
	if p.first == nil {
		p.first = matches
	}
	return matches, nil
}
