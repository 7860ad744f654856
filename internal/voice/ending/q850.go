package ending

// toQ850 is RFC 3398, section 8.2.6.1, with 487 as a normal clearing.
var toQ850 = map[int]int{
	200: 16, 300: 23, 301: 22, 302: 23,
	400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127, 414: 127,
	415: 79, 416: 127, 420: 127, 421: 127, 423: 127, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 485: 1, 486: 17,
	487: 16, 488: 65,
	500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127, 513: 127, 580: 47,
	600: 17, 603: 21, 604: 1, 606: 65,
}

// Q850 gives the Q.850 cause for a SIP status by RFC 3398, section 8.2.6.1. What stands not in the
// table is 127 (interworking, unspecified).
func Q850(sip int) int {
	if q, ok := toQ850[sip]; ok {
		return q
	}
	if sip >= 200 && sip < 300 {
		return 16
	}
	return 127
}

// toSIP is RFC 3398, section 7.2.4.1.
var toSIP = map[int]int{
	1: 404, 2: 404, 3: 404, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410, 23: 410, 25: 483, 26: 404, 27: 502,
	28: 484, 29: 501, 31: 480, 34: 503, 38: 503, 41: 503, 42: 503, 47: 503, 55: 403, 57: 403, 58: 503, 63: 405,
	65: 488, 70: 488, 79: 501, 87: 403, 88: 503, 102: 504, 111: 500, 127: 500,
}

// SIPStatus gives the SIP status for a Q.850 cause by RFC 3398, section 7.2.4.1: 480 for normal
// clearing before an answer (16), 500 for what stands not in the table.
func SIPStatus(q850 int) int {
	if s, ok := toSIP[q850]; ok {
		return s
	}
	if q850 == 16 {
		return 480
	}
	return 500
}
