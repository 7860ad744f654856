package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	fastjson "github.com/segmentio/encoding/json"
)

// largestKept bounds the buffers kept for reuse, so that one large answer does not pin its memory.
const largestKept = 256 << 10

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// encode calls use with v as JSON and a line end; the bytes are not kept. The encoder is a library that
// writes what encoding/json writes at a third of its CPU (docs/decisions/0006), which is most of what a
// list call costs. HTML is not escaped: answers are application/json with nosniff, pages escape by themselves.
func encode(v any, use func(b []byte) error) error {
	kept := buffers.Get().(*[]byte)
	b, err := fastjson.Append((*kept)[:0], v, fastjson.SortMapKeys)
	defer func() {
		if cap(b) <= largestKept {
			*kept = b
			buffers.Put(kept)
		}
	}()
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	b = append(b, '\n')
	return use(b)
}

// formats is the one format in which the API talks.
func formats() map[string]huma.Format {
	f := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	return map[string]huma.Format{"application/json": f, "json": f}
}

func marshal(w io.Writer, v any) error {
	if a, ok := v.(*stored); ok {
		return send(w, a.body)
	}
	err := encode(v, func(b []byte) error { return send(w, b) })
	if x, ok := w.(*exchange); ok && err != nil {
		x.discard = true // huma writes its own words and panics; the panic becomes a problem
	}
	return err
}

// send writes the whole body at once. A client that has gone is no failure of ours.
func send(w io.Writer, b []byte) error {
	if rw, ok := w.(http.ResponseWriter); ok {
		rw.Header()["Content-Length"] = []string{strconv.Itoa(len(b))}
	}
	_, _ = w.Write(b)
	return nil
}

// unmarshal reads a request body. Its errors are coded, because huma keeps only their text; see coded.
func unmarshal(data []byte, v any) error {
	if _, first := v.(*any); first { // huma decodes twice: once to validate, once into the request
		if err := checkText(data); err != nil {
			return err
		}
	}
	err := json.Unmarshal(data, v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line, column := position(data, syntax.Offset)
		return coded{"json", "", fmt.Sprintf("line %d, column %d: %s", line, column, syntax.Error())}
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return coded{"type", wrong.Field, "has the wrong type or is out of range: " + wrong.Value}
	}
	if err != nil {
		return coded{"format", "", "has a value in the wrong format"}
	}
	return nil
}

// checkText refuses what encoding/json would quietly change (broken UTF-8) and what PostgreSQL cannot
// store in text (NUL).
func checkText(data []byte) error {
	if !utf8.Valid(data) {
		return coded{"json", "", "the text is not UTF-8"}
	}
	for rest := data; ; {
		at := bytes.Index(rest, []byte(`\u0000`))
		if at < 0 {
			return nil
		}
		slashes := 0
		for at-slashes > 0 && rest[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 { // otherwise the backslash is itself escaped
			return coded{"nul", "", "the NUL character is not accepted"}
		}
		rest = rest[at+1:]
	}
}

// position tells line and column, both from 1, of a byte offset.
func position(data []byte, offset int64) (line, column int) {
	before := data[:min(max(int(offset)-1, 0), len(data))]
	line = 1 + bytes.Count(before, []byte{'\n'})
	column = 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return line, column
}

// coded is an error whose text carries a code, a place below the location that huma knows, and words.
// huma passes texts only; validate.go takes them apart again.
type coded struct{ code, place, words string }

const codedSeparator = "\x00"

func (c coded) Error() string {
	return codedSeparator + c.code + codedSeparator + c.place + codedSeparator + c.words
}

func parseCoded(text string) (coded, bool) {
	rest, ok := strings.CutPrefix(text, codedSeparator)
	if !ok {
		return coded{}, false
	}
	code, rest, _ := strings.Cut(rest, codedSeparator)
	place, words, _ := strings.Cut(rest, codedSeparator)
	return coded{code, place, words}, true
}
