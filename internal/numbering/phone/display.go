package phone

// Display writes the number as people read it: 138 1234 5678, 020 8888 8888, 0310 888 8888, 400 123 4567.
// Numbers of other countries stay as they are, because grouping differs. It shows the whole number.
func (p Phone) Display() string {
	switch p.Kind() {
	case Mobile:
		s := p.text[len(home):]
		return s[:3] + " " + s[3:7] + " " + s[7:]
	case Machine:
		s := p.text[len(home):]
		return s[:5] + " " + s[5:9] + " " + s[9:]
	case Fixed:
		area, s := splitArea(p.text[len(home):])
		return "0" + area + " " + s[:len(s)-4] + " " + s[len(s)-4:]
	case Service:
		if p.text[0] == '0' {
			area, s := splitArea(p.text[1:])
			return "0" + area + " " + s
		}
		if len(p.text) == freeDigits && (p.text[0] == '4' || p.text[0] == '8') {
			return p.text[:3] + " " + p.text[3:6] + " " + p.text[6:]
		}
	case None, Foreign:
	}
	return p.text
}

// Trunk is how a trunk wants numbers dialled.
type Trunk struct {
	Area   string // area code, without its 0, of the exchange behind it; "" when it has none (a mobile core)
	E164   bool   // +86 and +1 forms, as most SIP trunks between operators want them
	Prefix string // digits before every number, such as 9 for an outside line
	// ZeroBeforeMobile puts 0 before mobile numbers of other areas, as older fixed exchanges want it.
	ZeroBeforeMobile bool
}

// Dial writes the number as the trunk wants it. mobileArea is the area code where a mobile number is at home,
// for trunks that ask for 0 before those of elsewhere; "" when not known, which counts as elsewhere.
func (p Phone) Dial(t Trunk, mobileArea string) string {
	s := p.text
	switch p.Kind() {
	case None:
		return ""
	case Service:
		if area := p.Area(); area != "" && area == t.Area {
			s = p.Service().text
		}
	case Mobile, Machine:
		if !t.E164 {
			s = s[len(home):]
			if t.ZeroBeforeMobile && (mobileArea == "" || mobileArea != t.Area) {
				s = "0" + s
			}
		}
	case Fixed:
		if !t.E164 {
			area, rest := splitArea(s[len(home):])
			s = rest
			if area != t.Area {
				s = "0" + area + rest
			}
		}
	case Foreign:
		if !t.E164 {
			s = "00" + s[1:]
		}
	}
	return t.Prefix + s
}

// Pattern reads the beginning of numbers, as people write it ("020 888", "+8620888", "1008"), into the beginning
// of texts of Phones. The error is a [*Wrong].
func Pattern(text string) (string, error) {
	g, err := scan(text)
	if err != nil {
		return "", err
	}
	if g.withheld || g.extension != "" {
		return "", wrong(NoSuchShape, "the beginning of a number is made of digits")
	}
	digits := ""
	for _, s := range g.groups {
		digits += s
	}
	switch {
	case g.plus:
		digits = "+" + digits
	case len(digits) > 2 && digits[:2] == "00":
		digits = "+" + digits[2:]
	case digits[0] == '0':
		digits = home + digits[1:]
	case len(digits) > 1 && digits[0] == '1' && digits[1] >= '3':
		digits = home + digits
	}
	switch {
	case len(digits) < 2 || digits == "+":
		return "", wrong(TooShort, "the beginning of a number has at least 2 digits")
	case len(digits) > 20:
		return "", wrong(TooLong, "the beginning of a number has at most 19 digits")
	}
	return digits, nil
}
