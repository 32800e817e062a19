package config

import "strings"

// Problems are the lines of [Read]'s error, without the heading: each names one variable and says what
// its value must be.
func Problems(text string) (problems []string) {
	lines := strings.Split(text, "\n")
	for _, line := range lines[min(1, len(lines)-1):] {
		problems = append(problems, strings.TrimSpace(line))
	}
	return problems
}
