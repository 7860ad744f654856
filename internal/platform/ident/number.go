package ident

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Number is an identifier that people read out on the telephone: a kind's letter, the province's
// two digits (GB/T 2260), the business day, a running number of that day, and a check digit that
// catches every single wrong digit and every swap of neighbours (Damm's quasigroup, 2004).
//
//	G44-261120-000123-9
type Number struct {
	Letter   byte
	Province int // 0 (nation) to 99
	Day      time.Time
	Sequence int // from 1
}

// String writes the number with its check digit.
func (n Number) String() string {
	s := fmt.Sprintf("%02d%s%06d", n.Province, n.Day.Format("060102"), n.Sequence)
	return fmt.Sprintf("%c%s-%s-%s-%d", n.Letter, s[:2], s[2:8], s[8:], damm(s))
}

// ParseNumber reads what a person typed: small letters and missing or other separators are accepted,
// a wrong digit is not.
func ParseNumber(s string) (Number, error) {
	var letter byte
	digits := make([]byte, 0, 16)
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits = append(digits, c)
		case c == '-' || c == ' ' || c == '.':
		case letter == 0 && len(digits) == 0 && (c|0x20 >= 'a' && c|0x20 <= 'z'):
			letter = c &^ 0x20
		default:
			return Number{}, fmt.Errorf("number %q: unexpected character %q", s, c)
		}
	}
	if letter == 0 || len(digits) < 15 || len(digits) > 18 {
		return Number{}, fmt.Errorf("number %q: want a letter and 15 digits, such as G44-261120-000123-9", s)
	}
	body, check := string(digits[:len(digits)-1]), int(digits[len(digits)-1]-'0')
	if damm(body) != check {
		return Number{}, fmt.Errorf("number %q: the check digit does not fit: a digit is wrong or two are swapped", s)
	}
	day, err := time.Parse("060102", body[2:8])
	if err != nil {
		return Number{}, fmt.Errorf("number %q: %s is not a day", s, body[2:8])
	}
	province, err1 := strconv.Atoi(body[:2])
	sequence, err2 := strconv.Atoi(body[8:])
	if err := errors.Join(err1, err2); err != nil {
		return Number{}, err
	}
	return Number{Letter: letter, Province: province, Day: day, Sequence: sequence}, nil
}

// dammTable is a totally anti-symmetric quasigroup of order 10 (H. M. Damm, dissertation, Marburg 2004).
var dammTable = [10][10]uint8{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

func damm(digits string) int {
	var interim uint8
	for i := range len(digits) {
		interim = dammTable[interim][digits[i]-'0']
	}
	return int(interim)
}
