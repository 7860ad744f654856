package speech

import (
	"strings"

	"yingda/internal/voice/media"
)

// Part is a piece of an announcement: what [Word] or [Number] gives.
type Part struct{ sounds []Sound }

// Word is one sound.
func Word(name Sound) Part { return Part{[]Sound{name}} }

// Number reads text digit by digit, as staff and telephone numbers are read: 零 for 0 and 一 for 1. What is no digit is
// not read.
func Number(text string) Part {
	var p Part
	for _, r := range text {
		if r >= '0' && r <= '9' {
			p.sounds = append(p.sounds, Sound(r))
		}
	}
	return p
}

// Say joins parts to one prompt. Nothing to say gives nil.
func Say(lang Lang, parts ...Part) *media.Prompt {
	have := loaded().prompts[lang.or()]
	var prompts []*media.Prompt
	for _, p := range parts {
		for _, name := range p.sounds {
			if prompt, ok := have[name]; ok {
				prompts = append(prompts, prompt)
			}
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

// Text is what [Say] says, for people to read.
func Text(lang Lang, parts ...Part) string {
	var words []string
	for _, p := range parts {
		for _, name := range p.sounds {
			if w := Words(lang, name); w != "" {
				words = append(words, w)
			}
		}
	}
	if lang.or() == English {
		return strings.Join(words, " ")
	}
	return strings.Join(words, "")
}
