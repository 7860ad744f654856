package speech

import (
	"bytes"
	"embed"
	"path"
	"strings"
	"sync"

	"yingda/internal/voice/media"
)

// Lang is a language that callers are spoken to in.
type Lang string

// The languages.
const (
	Chinese Lang = "zh" // Mandarin
	English Lang = "en"
)

// Langs lists them, the first is spoken where nobody chose.
func Langs() []Lang { return []Lang{Chinese, English} }

// Sound is the name of a recording, a row of sounds/text.tsv.
type Sound string

// The sounds that the program itself needs; flows may name any.
const (
	Welcome       Sound = "welcome"
	Transferring  Sound = "transferring"
	Ahead         Sound = "ahead"   // then a number
	Waiting       Sound = "waiting" // behind that number
	Next          Sound = "next"
	AllBusy       Sound = "all_busy"
	Trouble       Sound = "trouble"
	StaffNumber   Sound = "staff_number" // 工号; then a number
	AtYourService Sound = "at_your_service"
	Closed        Sound = "closed"
	NoAgents      Sound = "no_agents"
	Full          Sound = "full"
	WaitedTooLong Sound = "waited_too_long"
	Dropped       Sound = "dropped"
	Unavailable   Sound = "unavailable"
	Goodbye       Sound = "goodbye"
)

//go:embed sounds
var files embed.FS

// sounds is everything that was recorded.
type sounds struct {
	names   []Sound
	words   map[Lang]map[Sound]string
	prompts map[Lang]map[Sound]*media.Prompt
}

// loaded reads the sounds once; a file that cannot be read is left out, which the test of the package does not let pass.
var loaded = sync.OnceValue(func() *sounds {
	s := &sounds{words: map[Lang]map[Sound]string{}, prompts: map[Lang]map[Sound]*media.Prompt{}}
	for _, lang := range Langs() {
		s.words[lang], s.prompts[lang] = map[Sound]string{}, map[Sound]*media.Prompt{}
	}
	table, _ := files.ReadFile("sounds/text.tsv")
	for line := range strings.Lines(string(table)) {
		columns := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(columns) != 4 || strings.HasPrefix(line, "#") {
			continue
		}
		name := Sound(columns[0])
		s.names = append(s.names, name)
		for lang, words := range map[Lang]string{Chinese: columns[1], English: columns[3]} {
			s.words[lang][name] = words
			if file, err := files.ReadFile(path.Join("sounds", string(lang), columns[0]+".wav")); err == nil {
				if prompt, err := media.LoadPrompt(bytes.NewReader(file)); err == nil {
					s.prompts[lang][name] = prompt
				}
			}
		}
	}
	return s
})

// Names lists all sounds in the order of the table.
func Names() []Sound { return append([]Sound(nil), loaded().names...) }

// Known says whether there is a sound of this name.
func Known(name Sound) bool {
	_, ok := loaded().words[Chinese][name]
	return ok
}

// Words is what a sound says, for people to read; empty for one that is not there.
func Words(lang Lang, name Sound) string { return loaded().words[lang.or()][name] }

// or is the language, or the first when it is none of ours.
func (l Lang) or() Lang {
	if l == English {
		return l
	}
	return Chinese
}
