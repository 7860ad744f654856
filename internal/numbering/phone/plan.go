package phone

import "strings"

// Lengths of the numbering plan.
const (
	mobileDigits  = 11
	machineDigits = 13
	freeDigits    = 10 // 400 and 800 numbers
	foreignLeast  = 7  // with the country code; E.164 allows less, nobody has them
	foreignMost   = 15 // E.164, section 6.1
)

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// isMobile tells a person's mobile number: 13 to 19 and nine more digits.
func isMobile(s string) bool {
	return len(s) == mobileDigits && s[0] == '1' && s[1] >= '3' && s[1] <= '9'
}

// isMachine tells the number of a card in a machine (物联网): thirteen digits in 1064, 140, 141 or 144.
func isMachine(s string) bool {
	if len(s) != machineDigits {
		return false
	}
	switch s[:3] {
	case "140", "141", "144":
		return true
	case "106":
		return s[3] == '4'
	}
	return false
}

// isService tells service numbers and short codes, as dialled without an area code.
func isService(s string) bool {
	if len(s) < 3 {
		return false
	}
	n := len(s)
	switch s[:2] {
	case "40", "80": // 400, 800 and their kin, paid by or shared with who is called
		return n == freeDigits && s[2] == '0'
	case "95": // nationwide; 950 numbers are longer
		return n >= 5 && n <= 8 || s[2] == '0' && n >= 5 && n <= 13
	case "96": // of a province
		return n >= 5 && n <= 8
	case "10":
		switch {
		case n == 3 || n == 5:
			return true
		case s[2] == '0': // 1008611: a short cut behind an operator's number
			return n >= 6 && n <= 8
		case s[2] == '6': // text messages of companies
			return n >= 8 && n <= 20 && !isMachine(s)
		}
		return false
	case "11":
		return n == 3 || n == 5 || n == 6
	case "12":
		return n == 3 || n >= 5 && n <= 8
	}
	return false
}

// areaDigits gives how long the area code is with which s begins: 2 for 10 and 2x, else 3; 0 when s begins with
// none. Area codes begin with 3 to 9 where they have three digits.
func areaDigits(s string) int {
	if len(s) < 3 {
		return 0
	}
	switch {
	case s[0] == '1' && s[1] == '0', s[0] == '2':
		return 2
	case s[0] >= '3' && s[:3] != "400" && s[:3] != "800" && s[:3] != "950": // these are service numbers
		return 3
	}
	return 0
}

// IsArea reports whether s has the shape of an area code without its 0.
func IsArea(s string) bool {
	return isDigits(s) && (len(s) == 2 || len(s) == 3) && areaDigits(s+"0") == len(s)
}

// splitArea parts a national number into area code and the rest; both empty when it begins with no area code.
func splitArea(s string) (area, rest string) {
	n := areaDigits(s)
	return s[:n], s[n:]
}

// isLocal tells a local number of an area: it begins with 2 to 8; eight digits where the area code has two,
// seven or eight where it has three.
func isLocal(area, s string) bool {
	if area == "" || len(s) == 0 || s[0] < '2' || s[0] > '8' || !isDigits(s) {
		return false
	}
	return len(s) == 8 || len(s) == 7 && len(area) == 3
}

// carriers are prefixes by which a caller chose who carries his call; what follows is the number.
var carriers = []string{"12593", "10193", "11808"}

// withoutCarrier takes a carrier's prefix off, if what stays is long enough to be a number behind it.
func withoutCarrier(s string) (rest, prefix string) {
	n := 0
	if strings.HasPrefix(s, "179") && len(s) > 5 {
		n = 5
	}
	for _, c := range carriers {
		if strings.HasPrefix(s, c) {
			n = len(c)
		}
	}
	// Eleven digits that begin with 179 are a mobile number; behind a prefix stands at least a local number.
	if n == 0 || len(s) < n+7 || len(s) == mobileDigits && isMobile(s) {
		return s, ""
	}
	return s[n:], s[:n]
}
