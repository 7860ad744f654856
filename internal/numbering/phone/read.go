package phone

import "strings"

// At is where a number was dialled or written.
type At struct {
	Area string // area code without its 0, for local numbers; "" when not known
}

// Reading is what was found in a text.
type Reading struct {
	Phone     Phone  // none when withheld
	Extension string // digits behind the number, "" when none
	Carrier   string // prefix by which the caller chose a carrier, such as 17909; taken off
	Withheld  bool   // the caller does not show his number
}

// Read reads a number as it arrives from a trunk, a file or a person. The error is a [*Wrong].
func Read(text string, at At) (Reading, error) {
	g, err := scan(text)
	if err != nil {
		return Reading{}, err
	}
	if g.withheld {
		return Reading{Withheld: true}, nil
	}
	p, carrier, err := g.number(at)
	if err == nil {
		return Reading{Phone: p, Carrier: carrier, Extension: g.extension}, nil
	}
	// 020-88888888-8001: the last group may be an extension, if nothing else said what the extension is.
	if last := len(g.groups) - 1; last > 0 && g.extension == "" && len(g.groups[last]) <= longestExtension {
		shorter := g
		shorter.groups, shorter.extension = g.groups[:last], g.groups[last]
		if p, carrier, again := shorter.number(at); again == nil {
			return Reading{Phone: p, Carrier: carrier, Extension: shorter.extension}, nil
		}
	}
	return Reading{}, err
}

// Parse reads a bare number: an extension and a withheld number are refused. The error is a [*Wrong].
func Parse(text string, at At) (Phone, error) {
	r, err := Read(text, at)
	switch {
	case err != nil:
		return Phone{}, err
	case r.Withheld:
		return Phone{}, wrong(Withheld, "the number is withheld")
	case r.Extension != "":
		return Phone{}, wrong(HasExtension, "only the number belongs here, without the extension")
	}
	return r.Phone, nil
}

// number makes a Phone of the groups of digits.
func (g groups) number(at At) (Phone, string, error) {
	digits := strings.Join(g.groups, "")
	if g.plus {
		p, err := international(digits)
		return p, "", err
	}
	digits, carrier := withoutCarrier(digits)
	p, err := dialled(digits, at, len(g.groups) == 1 || IsArea(g.groups[0]))
	return p, carrier, err
}

// international reads what stood behind a plus or 00.
func international(s string) (Phone, error) {
	if rest, ok := strings.CutPrefix(s, home[1:]); ok {
		return national(strings.TrimPrefix(rest, "0"))
	}
	switch {
	case len(s) < foreignLeast:
		return Phone{}, wrong(TooShort, "an international number has at least %d digits", foreignLeast)
	case len(s) > foreignMost:
		return Phone{}, wrong(TooLong, "an international number has at most %d digits", foreignMost)
	case s[0] == '0':
		return Phone{}, wrong(NoSuchShape, "no country code begins with 0")
	}
	return Phone{"+" + s}, nil
}

// dialled reads what a caller in China would dial. lostZero allows a fixed line whose leading 0 was lost.
func dialled(s string, at At, lostZero bool) (Phone, error) {
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		return international(rest)
	}
	if rest, ok := strings.CutPrefix(s, "0"); ok {
		return national(rest)
	}
	if isMobile(s) || isMachine(s) {
		return Phone{home + s}, nil
	}
	if isService(s) {
		return Phone{s}, nil
	}
	// 86 without a plus, as some switches send it. A local number that begins with 86 is shorter.
	if rest, ok := strings.CutPrefix(s, home[1:]); ok && len(s) > 10 {
		if p, err := national(strings.TrimPrefix(rest, "0")); err == nil && p.Kind() != Service {
			return p, nil
		}
	}
	return local(s, at, lostZero)
}

// local reads a number without prefix that is neither mobile nor service: a local number, or a fixed line whose
// leading 0 was lost.
func local(s string, at At, lostZero bool) (Phone, error) {
	switch {
	case len(s) < 3:
		return Phone{}, wrong(TooShort, "a number has at least 3 digits")
	case len(s) == 7 || len(s) == 8:
		switch {
		case s[0] < '2' || s[0] > '8':
		case at.Area == "":
			return Phone{}, wrong(NeedsArea, "a local number needs its area code, such as 0755")
		case !isLocal(at.Area, s):
			return Phone{}, wrong(TooShort, "local numbers of area 0%s have 8 digits", at.Area)
		default:
			return Phone{home + at.Area + s}, nil
		}
	}
	if area, rest := splitArea(s); lostZero && isLocal(area, rest) {
		return Phone{home + s}, nil
	}
	return Phone{}, noShape(s)
}

// national reads a number behind 0 or +86: mobile, fixed, or a service number, of an area or of all.
func national(s string) (Phone, error) {
	if isMobile(s) || isMachine(s) {
		return Phone{home + s}, nil
	}
	// The area comes first: 0951 95588 is the 95588 of an area, not the service 95195588.
	area, rest := splitArea(s)
	switch {
	case isLocal(area, rest):
		return Phone{home + s}, nil
	case area != "" && isService(rest) && len(rest) < freeDigits:
		return Phone{"0" + s}, nil
	case isService(s):
		return Phone{s}, nil
	case area == "":
		return Phone{}, noShape(s)
	case len(rest) < 7:
		return Phone{}, wrong(TooShort, "after the area code 0%s stand 7 or 8 digits, not %d", area, len(rest))
	case len(rest) > 8:
		return Phone{}, wrong(TooLong, "after the area code 0%s stand 7 or 8 digits, not %d", area, len(rest))
	}
	return Phone{}, noShape(s)
}

// noShape says what is wrong with digits that are no number.
func noShape(s string) *Wrong {
	switch {
	case len(s) < 3:
		return wrong(TooShort, "a number has at least 3 digits")
	case len(s) > 20:
		return wrong(TooLong, "a number has at most 20 digits")
	case s[0] == '1' && s[1] >= '3' && len(s) < mobileDigits:
		return wrong(TooShort, "a mobile number has 11 digits, not %d", len(s))
	case s[0] == '1' && s[1] >= '3' && len(s) > mobileDigits:
		return wrong(TooLong, "a mobile number has 11 digits, not %d", len(s))
	}
	return wrong(NoSuchShape, "%d digits that begin with %c are no number of the numbering plan", len(s), s[0])
}
