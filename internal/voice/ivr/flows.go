package ivr

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"yingda/internal/platform/fault"
	"yingda/internal/voice/ivr/engine"
	"yingda/internal/voice/media"
	"yingda/internal/voice/speech"
)

// ErrBad says that flow files are wrong; the message names each file, node and what to do.
var ErrBad = fault.New(fault.Invalid, "voice.bad_flow", "call flows are wrong")

// maxFile bounds a flow's file.
const maxFile = 1 << 20

//go:embed flows
var own embed.FS

// Flows are all flows of a process. A value never changes.
type Flows struct {
	flows  map[string]*engine.Flow
	names  []string
	sounds map[string]*media.Prompt // files beside flows
}

// Load reads the flows that come with the program, and those of a folder on top; an empty name or a folder that is not
// there adds none. The error is [ErrBad] with everything that is wrong, and names it.
func Load(dir string) (*Flows, error) {
	builtIn, err := fs.Sub(own, "flows")
	if err != nil {
		return nil, err
	}
	f := &Flows{flows: map[string]*engine.Flow{}, sounds: map[string]*media.Prompt{}}
	problems := f.read(builtIn, "")
	if dir != "" {
		problems = append(problems, f.read(os.DirFS(dir), dir)...)
	}
	if len(problems) > 0 {
		lines := make([]string, len(problems))
		for i, p := range problems {
			lines[i] = p.String()
		}
		return nil, fault.New(fault.Invalid, ErrBad.Code, "call flows are wrong:\n%s", strings.Join(lines, "\n")).
			WithRemedy("mend the files of %s, or take them out", cmp.Or(dir, "the program"))
	}
	for name := range f.flows {
		f.names = append(f.names, name)
	}
	slices.Sort(f.names)
	return f, nil
}

// read takes in a folder.
func (f *Flows) read(from fs.FS, dir string) (problems []Problem) {
	list, err := fs.ReadDir(from, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return []Problem{{File: dir, What: "cannot be read: " + err.Error(), Do: "let the program read it, or choose another folder with --flow-dir"}}
	}
	for _, entry := range list {
		ending := path.Ext(entry.Name())
		if entry.IsDir() || ending != ".yaml" && ending != ".yml" {
			continue // sounds, notes
		}
		name := strings.TrimSuffix(entry.Name(), ending)
		flow, wrong := f.one(from, path.Join(dir, entry.Name()), entry.Name(), name)
		if problems = append(problems, wrong...); len(wrong) == 0 {
			f.flows[name] = flow
		}
	}
	return problems
}

func (f *Flows) one(from fs.FS, file, entry, name string) (*engine.Flow, []Problem) {
	r := &reader{file: file}
	if !named(name) {
		r.wrong("", "use a to z, 0 to 9, - and _, at most 40", "has a name that a number cannot lead to")
	}
	data, err := fs.ReadFile(from, entry)
	switch {
	case err != nil:
		r.wrong("", "let the program read it", "cannot be read: %v", err)
	case len(data) > maxFile:
		r.wrong("", "make it smaller", "is larger than 1 MB")
	default:
		flow := r.read(name, data)
		if len(r.problems) == 0 {
			for _, p := range flow.Check(func(sound string, _ engine.Lang) bool { return f.has(r, from, sound) }) {
				r.problems = append(r.problems, Problem{File: file, Node: p.Node, What: p.What, Do: p.Do})
			}
		}
		return &flow, r.problems
	}
	return nil, r.problems
}

func named(name string) bool {
	if name == "" || len(name) > 40 {
		return false
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// has says whether a sound can be said; one beside the flow is read now.
func (f *Flows) has(r *reader, from fs.FS, sound string) bool {
	if path.Ext(sound) != ".wav" {
		return speech.Known(speech.Sound(sound))
	}
	if !fs.ValidPath(sound) {
		return false
	}
	file, err := fs.ReadFile(from, sound)
	if err != nil {
		return false
	}
	prompt, err := media.LoadPrompt(bytes.NewReader(file))
	if err != nil {
		r.wrong("", "save it as WAV: PCM of 16 bits, mono or stereo, best at 8 or 16 kHz", "says %s, which is no sound that can be played: %v", sound, err)
		return true
	}
	f.sounds[sound] = prompt
	return true
}

// Names lists the flows.
func (f *Flows) Names() []string { return slices.Clone(f.names) }

// Get gives a flow by its name.
func (f *Flows) Get(name string) (*engine.Flow, bool) {
	flow, ok := f.flows[name]
	return flow, ok
}

// Say makes one prompt of phrases, in the language unless they have their own; nil: there is nothing to say.
func (f *Flows) Say(lang engine.Lang, phrases []engine.Phrase) *media.Prompt {
	var prompts []*media.Prompt
	for _, p := range phrases {
		prompt := f.sounds[p.Sound]
		if prompt == nil {
			prompt = speech.Say(speech.Lang(cmp.Or(p.Lang, lang)), speech.Word(speech.Sound(p.Sound)))
		}
		if prompt != nil {
			prompts = append(prompts, prompt)
		}
	}
	switch len(prompts) {
	case 0:
		return nil
	case 1:
		return prompts[0]
	}
	return media.Join(prompts...)
}
