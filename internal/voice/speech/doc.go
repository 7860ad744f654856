// Package speech says things to callers, in Chinese and English, out of sounds that come with the program.
//
// # Words
//
// A sound is one recording: a digit, a word or a sentence ([Sound]). A part is a piece of an announcement: a sound, or a
// number read digit by digit ([Number]). [Say] joins parts to one prompt.
//
// The sounds are files in sounds/zh and sounds/en, A-law at 8 kHz, named after the rows of sounds/text.tsv, which says
// what they say. scripts/make-speech.sh makes them out of that table; people may put better recordings in their places,
// as long as name and format stay.
//
// # Invariants
//
//   - Each sound of the table exists in each language, is not silent, and is as loud as the others (a test sees to it).
//   - The sounds are decoded once, when the first is asked for, and shared by all calls.
//
// # Room left
//
// Numbers are read digit by digit. A grammar (amounts, dates, times, counts with measure words) is a further kind of
// [Part] beside [Number]; nobody who says parts changes for it.
//
// It owns no tables, and nothing in it fails: a sound that is not there is silence, and who takes names from people
// asks [Known] first.
package speech
