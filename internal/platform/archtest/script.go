package archtest

import (
	"path"
	"regexp"
	"strings"
)

// Script is one SQL file: its statements with comments and quoted text blanked out, and the comments apart. The tools do
// not parse SQL: they recognise the few forms that we write, and what they do not recognise they let pass.
type Script struct {
	Path       string
	Place      Place // of the package whose queries they are
	Migration  bool
	Statements []Statement
	Comments   map[int]string // by line
	alone      map[int]bool   // lines that hold nothing before their comment
}

// Statement is the text between two semicolons; its line breaks are kept.
type Statement struct {
	Line int // of its first character
	Text string
}

// newScript splits an SQL file.
func newScript(p, text string, rooms *Rooms) *Script {
	s := &Script{Path: p, Migration: strings.HasPrefix(p, "migrations/"), Comments: map[int]string{}, alone: map[int]bool{}}
	s.Place = placeOf(path.Dir(p), rooms)
	bare := s.blank(text)
	line := 1
	for part := range strings.SplitSeq(bare, ";") {
		lead := len(part) - len(strings.TrimLeft(part, " \t\r\n"))
		if body := strings.TrimSpace(part); body != "" {
			s.Statements = append(s.Statements, Statement{Line: line + strings.Count(part[:lead], "\n"), Text: body})
		}
		line += strings.Count(part, "\n")
	}
	return s
}

var dollarQuote = regexp.MustCompile(`^\$[A-Za-z_]*\$`)

// blank replaces comments, quoted text and dollar-quoted bodies by spaces, keeping lines, and notes the comments.
// Quoted names ("order") keep their text and lose their quotes.
func (s *Script) blank(text string) string {
	out := []byte(text)
	wipe := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	for i := 0; i < len(text); {
		end := i + 1
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, "--"):
			end = i + until(rest, "\n", 0)
			line := 1 + strings.Count(text[:i], "\n")
			s.Comments[line] = text[i:end]
			s.alone[line] = strings.TrimSpace(text[strings.LastIndexByte(text[:i], '\n')+1:i]) == ""
			wipe(i, end)
		case strings.HasPrefix(rest, "/*"):
			end = i + until(rest, "*/", 2)
			s.Comments[1+strings.Count(text[:i], "\n")] = text[i:end]
			wipe(i, end)
		case rest[0] == '\'':
			end = i + 1 + until(rest[1:], "'", 1)
			wipe(i, end)
		case rest[0] == '"':
			out[i] = ' '
		case rest[0] == '$':
			if mark := dollarQuote.FindString(rest); mark != "" {
				end = i + len(mark) + until(rest[len(mark):], mark, len(mark))
				wipe(i, end)
			}
		}
		i = end
	}
	return string(out)
}

// until gives the length of text up to a mark, with extra more characters, or all of it.
func until(text, mark string, extra int) int {
	if i := strings.Index(text, mark); i >= 0 {
		return i + extra
	}
	return len(text)
}

// commentNear gives the comments on the lines from first to last, and those that stand alone right above.
func (s *Script) commentNear(first, last int) string {
	var list []string
	for line := first - 1; s.alone[line]; line-- {
		list = append(list, s.Comments[line])
	}
	for line := first; line <= last; line++ {
		list = append(list, s.Comments[line])
	}
	return strings.Join(list, "\n")
}
