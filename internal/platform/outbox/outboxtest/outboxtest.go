// Package outboxtest keeps the payloads of events compatible.
//
// A domain calls Golden in a test with all its topics. The JSON Schema of each payload stands in
// testdata/events/TOPIC.vN.json beside the test. A payload that only grew makes the test fail until
// the file is written anew with YINGDA_UPDATE=1; one that lost or retyped a field fails always, because it
// needs a new topic.
package outboxtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yingda/internal/platform/outbox"
)

// EnvUpdate set to 1 writes schemas that are new or only grew.
const EnvUpdate = "YINGDA_UPDATE"

// Golden compares the topics' payloads with the schemas in testdata/events.
func Golden(t *testing.T, topics ...outbox.AnyTopic) {
	t.Helper()
	for _, topic := range topics {
		if err := Compare(filepath.Join("testdata", "events"), topic, os.Getenv(EnvUpdate) == "1"); err != nil {
			t.Error(err)
		}
	}
}

// Compare checks one topic against its schema in dir. With update it writes a schema that is new or grew.
func Compare(dir string, topic outbox.AnyTopic, update bool) error {
	now, err := SchemaOf(topic.PayloadType())
	if err != nil {
		return fmt.Errorf("topic %s: %w", topic.Name(), err)
	}
	now.Title = fmt.Sprintf("%s version %d", topic.Name(), topic.Version())
	raw, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		return fmt.Errorf("topic %s: %w", topic.Name(), err)
	}
	raw = append(raw, '\n')
	path := filepath.Join(dir, fmt.Sprintf("%s.v%d.json", topic.Name(), topic.Version()))

	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		old = nil
	case err != nil:
		return err
	default:
		var before Schema
		if err := json.Unmarshal(old, &before); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if list := Breaks(&before, now); len(list) > 0 {
			return fmt.Errorf("topic %s: readers would break: %s; publish this under a new topic", topic.Name(), strings.Join(list, "; "))
		}
	}
	if string(old) == string(raw) {
		return nil
	}
	if !update {
		return fmt.Errorf("topic %s: %s does not describe the payload any more; the change is compatible: run the test with %s=1", topic.Name(), path, EnvUpdate)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { // source files
		return err
	}
	return os.WriteFile(path, raw, 0o644) // source files
}
