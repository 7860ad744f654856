package config

import (
	"fmt"
	"strings"
)

// Problem is one mistake of the configuration.
type Problem struct {
	Where  string // "--http", "YINGDA_HTTP", "yingda.yaml: smtp.port"
	What   string
	Remedy string // may be empty
}

func (p Problem) String() string {
	if p.Remedy == "" {
		return p.Where + ": " + p.What
	}
	return p.Where + ": " + p.What + "; " + p.Remedy
}

// Problems is every mistake at once.
type Problems []Problem

// Error gives one line per problem.
func (ps Problems) Error() string {
	if len(ps) == 1 {
		return "configuration: " + ps[0].String()
	}
	lines := make([]string, 0, len(ps)+1)
	lines = append(lines, fmt.Sprintf("configuration has %d problems:", len(ps)))
	for _, p := range ps {
		lines = append(lines, "  "+p.String())
	}
	return strings.Join(lines, "\n")
}
