package ivr_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/fault"
	"yingda/internal/voice/ivr"
	"yingda/internal/voice/ivr/engine"
	"yingda/internal/voice/speech"
)

// folder makes a folder of files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}

func TestTheGreetingComesWithTheProgram(t *testing.T) {
	t.Parallel()
	f, err := ivr.Load("")
	require.NoError(t, err)
	require.Equal(t, []string{"greeting"}, f.Names())
	greeting, ok := f.Get("greeting")
	require.True(t, ok)
	require.True(t, greeting.NeedsQueue())
	require.Equal(t, "问候与一级菜单", greeting.Chinese)
	menu := greeting.Nodes["menu"]
	require.Equal(t, map[string]string{"1": "agent", "0": "agent", "9": "english"}, menu.Keys)
	require.Equal(t, 5*time.Second, menu.Wait)
	said := f.Say("zh", menu.Say)
	require.Equal(t, speech.Say(speech.Chinese, speech.Word("menu")).Duration()+speech.Say(speech.English, speech.Word("other_language")).Duration(), said.Duration())
	require.Nil(t, f.Say("zh", nil))
	_, ok = f.Get("nothing")
	require.False(t, ok)
}

const night = `
title: {zh: 夜间, en: Night}
start: hello
limit: 2m
nodes:
  hello: {kind: say, say: [night.wav], next: line}
  line: {kind: queue, queue: "2000", priority: 3}
`

func TestAFolderAddsFlowsAndReplacesOurs(t *testing.T) {
	t.Parallel()
	sound, err := os.ReadFile("../speech/sounds/zh/goodbye.wav")
	require.NoError(t, err)
	dir := folder(t, map[string]string{
		"night.yaml": night, "night.wav": string(sound), "README": "notes", "greeting.yml": strings.ReplaceAll(night, "night.wav", "welcome"),
	})
	f, err := ivr.Load(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"greeting", "night"}, f.Names())
	flow, _ := f.Get("night")
	require.Equal(t, 2*time.Minute, flow.Limit)
	require.Equal(t, engine.Node{Kind: engine.QueueNode, Queue: "2000", Priority: 3}, flow.Nodes["line"])
	require.Equal(t, speech.Say(speech.Chinese, speech.Word(speech.Goodbye)).Duration(), f.Say("zh", flow.Nodes["hello"].Say).Duration())
	ours, _ := f.Get("greeting")
	require.Len(t, ours.Nodes, 2)
}

func TestAFolderThatIsNotThereAddsNothing(t *testing.T) {
	t.Parallel()
	f, err := ivr.Load(filepath.Join(t.TempDir(), "nowhere"))
	require.NoError(t, err)
	require.Equal(t, []string{"greeting"}, f.Names())
}

// What is wrong is named with file, node and remedy, all at once.
func TestWrongFlowsAreNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, want string }{
		{"bad.yaml", "a: [", "bad.yaml: is not YAML"},
		{"bad.yaml", "", "has no title in both languages; write title"},
		{"bad.yaml", strings.Replace(night, "limit:", "limits:", 1), "bad.yaml: has the field limits, which there is not; take it out or write one of title, start, limit and nodes"},
		{"bad.yaml", strings.Replace(night, "priority: 3", "prio: 3", 1), "bad.yaml, node line: has the field prio, which there is not; take it out or write one of kind, lang, say, queue, priority, otherwise"},
		{"bad.yaml", strings.Replace(night, "priority: 3", "priority: 300", 1), "node line: has 300 as priority; choose 0 to 99"},
		{"bad.yaml", strings.Replace(night, "priority: 3", "priority: high", 1), "node line: has a priority of another form"},
		{"bad.yaml", strings.Replace(night, `"2000"`, "2000", 1), `node line: has a queue of another form; write it in quotes, like "2000"`},
		{"bad.yaml", strings.Replace(night, "2m", "long", 1), "has long as limit; write it like 5s"},
		{"bad.yaml", strings.Replace(night, "night.wav", "nothing", 1), `node hello: says "nothing", which there is not`},
		{"bad.yaml", night, `node hello: says "night.wav", which there is not; choose a sound that there is, or put the file beside the flow`},
		{"bad.yaml", strings.Replace(night, "[night.wav]", "[../x.wav]", 1), `says "../x.wav", which there is not`},
		{"bad.yaml", strings.Replace(night, "[night.wav]", "[5]", 1), "node hello: has something else than a sound in say"},
		{"bad.yaml", strings.Replace(night, "[night.wav]", "[{sound: welcome, lang: fr}]", 1), `node hello: has the language "fr", which there is not; choose zh or en`},
		{"bad.yaml", strings.Replace(night, "next: line", "next: lines", 1), `node hello: leads to "lines", which is no node`},
		{"bad.yaml", strings.Replace(night, "next: line", "next: hello", 1), "node hello: leads back to itself without a key"},
		{"bad.yaml", strings.Replace(night, "kind: queue", "kind: jump", 1), `node line: has the kind "jump", which there is not`},
		{"bad.yaml", strings.Replace(night, "{kind: queue, queue: \"2000\", priority: 3}", "queue", 1), "node line: has no fields"},
		{"Bad name.yaml", night, "has a name that a number cannot lead to"},
	} {
		_, err := ivr.Load(folder(t, map[string]string{c.name: c.file}))
		require.ErrorIs(t, err, ivr.ErrBad, c.want)
		require.ErrorContains(t, err, c.want)
		var f *fault.Fault
		require.ErrorAs(t, err, &f)
		require.NotEmpty(t, f.Remedy)
	}
}

func TestASoundThatCannotBePlayedIsNamed(t *testing.T) {
	t.Parallel()
	_, err := ivr.Load(folder(t, map[string]string{"night.yaml": night, "night.wav": "no sound"}))
	require.ErrorContains(t, err, "says night.wav, which is no sound that can be played")
}

func TestTheExampleOfTheManualIsAFlow(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../../docs/operations/flows.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(manual), "```yaml\n")
	require.True(t, ok)
	example, _, ok := strings.Cut(rest, "```")
	require.True(t, ok)
	sound, err := os.ReadFile("../speech/sounds/zh/closed.wav")
	require.NoError(t, err)
	f, err := ivr.Load(folder(t, map[string]string{"night.yaml": example, "night.wav": string(sound)}))
	require.NoError(t, err)
	flow, _ := f.Get("night")
	require.Equal(t, []string{"1000"}, flow.Queues())
}

func ExampleLoad() {
	flows, err := ivr.Load("")
	if err != nil {
		fmt.Println(err)
		return
	}
	greeting, _ := flows.Get("greeting")
	fmt.Println(flows.Names(), greeting.English, greeting.NeedsQueue())
	// Output: [greeting] Greeting and one menu true
}
