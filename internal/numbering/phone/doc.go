// Package phone knows what a telephone number is, as they are written, dialled and sent by trunks in China.
// It is pure: no table, no network, no clock.
//
// # Words
//
// A [Phone] is one number in its one form, so that two of them are the same exactly when == says so. Its text
// is one of
//
//	+8613812345678     mobile: +86 and eleven digits (thirteen for cards in machines)
//	+862088888888      fixed: +86, area code without its 0, local number
//	+14155550100       of another country: E.164 (ITU-T)
//	95588, 4001234567  a service number or short code: dialled the same everywhere, it has no E.164 form
//	02012345           a service number of one area: 0, area code, number
//
// Shapes follow the numbering plan of the telecommunication networks (电信网编号计划, Ministry of Industry and
// Information Technology, 2017). Whether a segment or an area code is in use is not asked here; tables know.
//
// # Reading
//
// [Read] takes a number as it arrives: with +86, 0086, 86, a leading 0, an area code or only the local part (the
// area is then asked of the [At]), a carrier's prefix (17909 and the like, which is taken off), full-width
// digits, spaces, dashes, brackets, an extension. What it cannot read it refuses with a [*Wrong] that says why:
// letters are never turned into digits. A caller who withholds his number is not an error but a [Reading]
// without a number.
//
// # Invariants
//
// Reading the text of a Phone gives the same Phone wherever it is read, and so does reading its display form.
// Like the types of platform/privacy, a Phone prints masked in fmt, log/slog and JSON unless it is a service
// number, which belongs to nobody; [Phone.Plain] is the decision to handle personal data.
package phone
