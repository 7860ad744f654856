package organization

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"yingda/internal/platform/fault"
)

// Codes of wrong fields that every form of this package uses.
const (
	fieldRequired   = "organization.required"
	fieldTooLong    = "organization.too_long"
	fieldCharacters = "organization.bad_characters"
	fieldFormat     = "organization.bad_format"
	fieldUnknown    = "organization.unknown"
)

// unitCode is the code of a centre or team, as people write it on forms and in files.
var unitCode = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,31}$`)

// placeCode is a GB/T 2260 code of a province or city.
var placeCode = regexp.MustCompile(`^[1-9][0-9]{5}$`)

// checkName checks a name that must be there: at most 100 characters.
func checkName(f *fault.Fields, location, s string) {
	f.Check(s != "", location, fieldRequired, "is missing")
	checkText(f, location, s, 100)
}

// checkText checks free text: UTF-8, no NUL, at most max characters. Everything else is kept as typed.
func checkText(f *fault.Fields, location, s string, max int) {
	f.Check(utf8.ValidString(s) && !strings.ContainsRune(s, 0), location, fieldCharacters, "has characters that cannot be stored")
	if utf8.RuneCountInString(s) > max {
		f.Add(location, fieldTooLong, "is too long")
	}
}

// trim takes blanks off both ends.
func trim(s string) string { return strings.TrimSpace(s) }

// checkUnitCode checks the code of a centre or team.
func checkUnitCode(f *fault.Fields, location, s string) {
	f.Check(unitCode.MatchString(s), location, fieldFormat, "is not 1 to 32 capital letters, digits and hyphens, beginning with a letter or digit")
}

// escapeLike makes text match itself in LIKE.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
