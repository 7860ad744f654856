package password

import (
	"strings"
	"time"
)

// words are what people begin with; digits and symbols behind or before do not make them better. All in the form that
// simplify gives: 0 is o, 1 is i, 3 is e, 4 is a, 5 is s, 7 is t.
var words = set(
	"password", "passwd", "passw", "admin", "administrator", "root", "user", "guest", "test", "demo", "login", "welcome",
	"letmein", "master", "secret", "changeme", "default", "system", "server", "manager", "support", "service", "telecom",
	"china", "beijing", "shanghai", "guangdong", "huawei", "tencent", "alibaba", "taobao", "weixin", "wechat", "zhifubao",
	"iloveyou", "woaini", "aiwoni", "wodemima", "mima", "woaiwojia", "nihao", "laopo", "laogong", "baobao", "baobei",
	"xiaoxiao", "tiantian", "mingtian", "zhongguo", "kefu", "kehufuwu", "hujiao", "huwu", "yingda", "callcenter",
	"dragon", "monkey", "sunshine", "princess", "football", "superman", "batman", "hello", "helloworld", "qwerty", "asdfgh",
	"zxcvbn", "qazwsx", "abc", "abcd", "abcdef", "aaa", "aaaaaa", "qq", "qqq", "xyz", "love", "happy", "lucky", "fuck",
)

// lucky are numbers that Chinese users choose most; they do not count towards what a password is worth.
var lucky = []string{
	"5201314", "1314520", "5211314", "7758521", "7758258", "3344520", "110110", "168168", "147258369", "147258", "258369",
	"159357", "123321", "112233", "520520", "521521", "888888", "666666", "999999", "100200", "123123", "5201", "1314", "520", "521",
	"123456", "654321", "12345", "1234", "123",
}

func set(list ...string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, w := range list {
		m[w] = true
	}
	return m
}

// isCommon reports a common word with little around it: plain is simplified text.
func isCommon(plain string) bool {
	core := strings.TrimFunc(plain, func(r rune) bool { return r < 'a' || r > 'z' })
	if words[core] {
		return true
	}
	// Look-alikes of digits at the end have become letters: passwordies is password123.
	for w := range words {
		if len(w) < 4 {
			continue
		}
		if i := strings.Index(plain, w); i >= 0 && unlike(plain[:i]+plain[i+len(w):]) <= 3 {
			return true
		}
	}
	return false
}

// unlike counts characters that are neither digits (nor what simplify makes of them) nor usual ornaments.
func unlike(rest string) int {
	n := 0
	for _, r := range rest {
		if !strings.ContainsRune("oiseat0123456789!@#$%^&*._-+", r) {
			n++
		}
	}
	return n
}

// runs are the orders in which fingers and minds go; each is read in both directions.
var runs = both(
	"`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./", "~!@#$%^&*()_+",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujmikolp", "!qaz@wsx#edc$rfv%tgb",
	"1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "a1s2d3f4g5h6", "abcdefghijklmnopqrstuvwxyz", "01234567890",
	"147258369", "159357", "aabbccddeeffgghh", "a1b2c3d4e5f6g7h8",
)

func both(list ...string) []string {
	for _, s := range list[:len(list):len(list)] {
		b := []byte(s)
		for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
		list = append(list, string(b))
	}
	return list
}

// mostlyPattern reports that what is left without runs, repetitions and lucky numbers is too little.
func mostlyPattern(lower string) bool {
	rest := lower
	for _, n := range lucky {
		rest = strings.ReplaceAll(rest, n, "\x00")
	}
	left := 0
	for i := 0; i < len(rest); {
		if n := patternAt(rest[i:]); n > 0 {
			i += n
			continue
		}
		if rest[i] != 0 {
			left++
		}
		i++
	}
	total := len(lower)
	return total > 0 && left < total && (left*5 < total*2 || left < 4)
}

// patternAt gives the length of a run, repetition or repeated group at the beginning of s, or 0.
func patternAt(s string) int {
	best := 0
	for _, run := range runs {
		n := 0
		for at := 0; at < len(run); at++ {
			m := common(s, run[at:])
			n = max(n, m)
		}
		if n >= 4 {
			best = max(best, n)
		}
	}
	for size := 1; size <= 4 && 2*size <= len(s); size++ {
		n := size
		for n+size <= len(s) && s[n:n+size] == s[:size] {
			n += size
		}
		if n >= 3*size || size > 1 && n >= 2*size && n >= 6 {
			best = max(best, n)
		}
	}
	return best
}

// common is the length of the common beginning.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// mostlyDate reports a birthday (19900231 is none, 900101 is one) with at most three characters around it.
func mostlyDate(s string) bool {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("-./年月日 ", r) {
			return -1
		}
		return r
	}, s)
	for _, layout := range []string{"20060102", "02012006", "01022006", "060102"} {
		for i := 0; i+len(layout) <= len(digits); i++ {
			t, err := time.Parse(layout, digits[i:i+len(layout)])
			if err == nil && t.Year() >= 1930 && t.Year() <= 2039 && len([]rune(digits))-len(layout) <= 3 {
				return true
			}
		}
	}
	return false
}

// hasMobile reports eleven digits in a row that are a mobile number of the mainland.
func hasMobile(s string) bool {
	for i := 0; i+11 <= len(s); i++ {
		part := s[i : i+11]
		alone := (i == 0 || !isDigit(s[i-1])) && (i+11 == len(s) || !isDigit(s[i+11]))
		if alone && part[0] == '1' && part[1] >= '3' && strings.Trim(part, "0123456789") == "" {
			return true
		}
	}
	return false
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
