package ivr

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"yingda/internal/voice/ivr/engine"
	"yingda/internal/voice/speech"
)

// Problem is what is wrong with a flow file, where, and what to do.
type Problem struct{ File, Node, What, Do string }

// String writes it on one line.
func (p Problem) String() string {
	where := p.File
	if p.Node != "" {
		where += ", node " + p.Node
	}
	return fmt.Sprintf("%s: %s; %s", where, p.What, p.Do)
}

// reader reads one file and keeps what is wrong with it.
type reader struct {
	file     string
	problems []Problem
}

func (r *reader) wrong(node, do, what string, args ...any) {
	r.problems = append(r.problems, Problem{File: r.file, Node: node, What: fmt.Sprintf(what, args...), Do: do})
}

// text is a map of a file, and the way to read it strictly: what nobody asked for is unknown.
type text map[string]any

// read makes a flow of a file, without the checks of engine.Flow.Check.
func (r *reader) read(name string, data []byte) engine.Flow {
	f := engine.Flow{Name: name, Nodes: map[string]engine.Node{}}
	var file text
	if err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		line, _, _ := strings.Cut(strings.TrimSpace(yaml.FormatError(err, false, false)), "\n")
		r.wrong("", "mend that line", "is not YAML: %s", line)
		return f
	}
	if title, ok := take[map[string]any](r, "", file, "title"); ok {
		t := text(title)
		f.Chinese, _ = take[string](r, "", t, "zh")
		f.English, _ = take[string](r, "", t, "en")
		r.rest("", t, "zh and en")
	}
	f.Start, _ = take[string](r, "", file, "start")
	f.Limit = r.duration("", file, "limit")
	nodes, _ := take[map[string]any](r, "", file, "nodes")
	r.rest("", file, "title, start, limit and nodes")
	if f.Chinese == "" || f.English == "" {
		r.wrong("", "write title: {zh: ..., en: ...}", "has no title in both languages")
	}
	for _, at := range slices.Sorted(maps.Keys(nodes)) {
		fields, ok := nodes[at].(map[string]any)
		if !ok {
			r.wrong(at, "give it a kind", "has no fields")
			continue
		}
		f.Nodes[at] = r.node(at, fields)
	}
	return f
}

// node reads one node: each kind has its fields, and those of all.
func (r *reader) node(at string, fields text) engine.Node {
	var n engine.Node
	kind, _ := take[string](r, at, fields, "kind")
	n.Kind = engine.NodeKind(kind)
	lang, _ := take[string](r, at, fields, "lang")
	n.Lang = r.lang(at, lang)
	n.Say = r.phrases(at, fields, "say")
	known := "kind, lang, say"
	switch n.Kind {
	case engine.SayNode:
		n.Next, _ = take[string](r, at, fields, "next")
		known += ", next"
	case engine.MenuNode:
		r.menu(at, fields, &n)
		known += ", keys, wait, tries, wrong, silent, otherwise"
	case engine.QueueNode:
		n.Queue, _ = take[string](r, at, fields, "queue")
		n.Priority = r.number(at, fields, "priority")
		n.Otherwise, _ = take[string](r, at, fields, "otherwise")
		known += ", queue, priority, otherwise"
	case engine.HangUpNode:
	default:
		return n // the check says that there is no such kind; its fields say nothing
	}
	r.rest(at, fields, known)
	return n
}

func (r *reader) menu(at string, fields text, n *engine.Node) {
	n.Wait, n.Tries = r.duration(at, fields, "wait"), r.number(at, fields, "tries")
	n.Wrong, n.Silent = r.phrases(at, fields, "wrong"), r.phrases(at, fields, "silent")
	n.Otherwise, _ = take[string](r, at, fields, "otherwise")
	keys, _ := take[map[string]any](r, at, fields, "keys")
	n.Keys = make(map[string]string, len(keys))
	for key, to := range keys {
		name, ok := to.(string)
		if !ok {
			r.wrong(at, "write the name of a node behind it", "has a key %s that leads to no name", key)
		}
		n.Keys[key] = name
	}
}

// take reads a field and takes it out; false: it is missing or not of the type.
func take[T any](r *reader, at string, from text, field string) (T, bool) {
	var none T
	value, ok := from[field]
	delete(from, field)
	if !ok || value == nil {
		return none, false
	}
	got, ok := value.(T)
	if !ok {
		do := "see flows/greeting.yaml for its form"
		if _, isText := any(none).(string); isText {
			do = `write it in quotes, like "2000"`
		}
		r.wrong(at, do, "has a %s of another form", field)
	}
	return got, ok
}

// rest complains of the fields that nobody took.
func (r *reader) rest(at string, from text, known string) {
	for _, field := range slices.Sorted(maps.Keys(from)) {
		r.wrong(at, "take it out or write one of "+known, "has the field %s, which there is not", field)
	}
}

func (r *reader) duration(at string, from text, field string) time.Duration {
	written, ok := take[string](r, at, from, field)
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(written)
	if err != nil || d <= 0 {
		r.wrong(at, "write it like 5s or 1m30s", "has %s as %s", written, field)
	}
	return d
}

func (r *reader) number(at string, from text, field string) int {
	n, ok := take[uint64](r, at, from, field)
	if ok && n > 99 {
		r.wrong(at, "choose 0 to 99", "has %d as %s", n, field)
		return 0
	}
	return int(n)
}

func (r *reader) lang(at, name string) engine.Lang {
	if name != "" && !slices.Contains(speech.Langs(), speech.Lang(name)) {
		r.wrong(at, "choose zh or en", "has the language %q, which there is not", name)
	}
	return engine.Lang(name)
}

// phrases reads a list of sounds: a name, or {sound, lang}.
func (r *reader) phrases(at string, from text, field string) (list []engine.Phrase) {
	all, _ := take[[]any](r, at, from, field)
	for _, one := range all {
		switch one := one.(type) {
		case string:
			list = append(list, engine.Phrase{Sound: one})
		case map[string]any:
			fields := text(one)
			sound, _ := take[string](r, at, fields, "sound")
			lang, _ := take[string](r, at, fields, "lang")
			r.rest(at, fields, "sound and lang")
			list = append(list, engine.Phrase{Sound: sound, Lang: r.lang(at, lang)})
		default:
			r.wrong(at, "write the name of a sound, or {sound: ..., lang: ...}", "has something else than a sound in %s", field)
		}
	}
	return list
}
