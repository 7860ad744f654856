package voice

import (
	"fmt"
	"math"
)

// Way is one direction of a leg's audio.
type Way struct {
	Packets  uint64  `json:"packets" doc:"Packets received, or sent"`
	Lost     uint64  `json:"lost" doc:"Packets that did not arrive (RFC 3550); for what we send: as the other side reports"`
	JitterMS float64 `json:"jitter_ms" doc:"Interarrival jitter (RFC 3550), in milliseconds"`
	Late     uint64  `json:"late" doc:"Packets that we sent over 40 ms late; 0 for what we receive"`
	Reported bool    `json:"reported" doc:"The figures are known: packets arrived, or the other side reported"`
}

// Quality is how a leg sounds, as figures.
type Quality struct {
	Receive  Way     `json:"receive" doc:"From the other side to us"`
	Send     Way     `json:"send" doc:"From us to the other side"`
	MOS      float64 `json:"mos" doc:"Estimated mean opinion score, 1 to 4.5 (E-model, ITU-T G.107); 0: not known yet"`
	RTTMS    float64 `json:"rtt_ms" doc:"Round trip by RTCP, in milliseconds; 0: not known"`
	SilentMS int64   `json:"silent_ms" doc:"How long nothing has arrived, in milliseconds"`
}

// Grade is quality in one word.
type Grade string

// The grades.
const (
	Unknown Grade = ""
	Good    Grade = "good"
	Fair    Grade = "fair"
	Poor    Grade = "poor"
)

// Verdict is quality in words: a grade and its main reason.
type Verdict struct {
	Grade  Grade  `json:"grade" enum:",good,fair,poor" doc:"Empty: nothing is known yet"`
	Reason string `json:"reason" enum:",good,silence,loss_in,loss_out,jitter_in,jitter_out,late,delay,mos" doc:"The main reason"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// The limits between the grades. Loss is in percent and jitter and delay in milliseconds. Loss: above 1 % G.711 without
// concealment is heard, above 3 % words are lost (ITU-T G.113, appendix I). Jitter: above 30 ms the usual buffers of
// phones grow, above 60 ms they drop. Delay: ITU-T G.114 wants 150 ms one way and allows 400. Silence: no phone is
// silent for 5 s unless it holds.
const (
	fairLoss, poorLoss     = 1.0, 3.0
	fairJitter, poorJitter = 30.0, 60.0
	fairRTT, poorRTT       = 300.0, 800.0
	fairMOS, poorMOS       = 3.8, 3.1
	fairLate, poorLate     = 0.5, 2.0
	poorSilenceMS          = 5000
)

// complaint is one thing that may be wrong, in the order in which it is named when grades are equal.
type complaint struct {
	reason     string
	value      float64
	fair, poor float64
	zh, en     string // with one %s
}

// Judge says in words how a leg sounds: the worst of all figures decides, and of equally bad ones the first of silence,
// loss, late packets, jitter, delay. Without any figure the grade is [Unknown].
func Judge(q Quality) Verdict {
	if !q.Receive.Reported && !q.Send.Reported && q.MOS == 0 {
		return Verdict{ZH: "还没有数据", EN: "nothing known yet"}
	}
	worst := Verdict{Grade: Good, Reason: "good", ZH: "通话清晰", EN: "clear"}
	if q.SilentMS >= poorSilenceMS {
		s := float64(q.SilentMS) / 1000
		return Verdict{Poor, "silence", fmt.Sprintf("%s 秒没有收到对方的声音", number(s)), fmt.Sprintf("nothing heard from the other side for %s s", number(s))}
	}
	for _, c := range complaints(q) {
		grade := c.grade()
		if grade == Poor && worst.Grade != Poor || grade == Fair && worst.Grade == Good {
			worst = Verdict{grade, c.reason, fmt.Sprintf(c.zh, number(c.value)), fmt.Sprintf(c.en, number(c.value))}
		}
	}
	return worst
}

func complaints(q Quality) []complaint {
	list := make([]complaint, 0, 7)
	if q.Receive.Reported {
		list = append(list, complaint{"loss_in", percent(q.Receive.Lost, q.Receive.Packets+q.Receive.Lost), fairLoss, poorLoss, "对方网络丢包 %s %%", "the other side's network loses %s %% of packets"})
	}
	if q.Send.Reported {
		list = append(list, complaint{"loss_out", percent(q.Send.Lost, q.Send.Packets), fairLoss, poorLoss, "对方收到的声音丢包 %s %%", "%s %% of our packets do not reach the other side"})
	}
	list = append(list, complaint{"late", percent(q.Send.Late, q.Send.Packets), fairLate, poorLate, "本机发送迟滞 %s %%，本机负荷过高", "this machine sends %s %% of packets late: it is overloaded"})
	if q.Receive.Reported {
		list = append(list, complaint{"jitter_in", q.Receive.JitterMS, fairJitter, poorJitter, "对方网络抖动 %s 毫秒", "the other side's network has %s ms of jitter"})
	}
	if q.Send.Reported {
		list = append(list, complaint{"jitter_out", q.Send.JitterMS, fairJitter, poorJitter, "去往对方的网络抖动 %s 毫秒", "%s ms of jitter on the way to the other side"})
	}
	list = append(list, complaint{"delay", q.RTTMS, fairRTT, poorRTT, "往返时延 %s 毫秒", "a round trip takes %s ms"})
	if q.MOS > 0 { // the scale runs the other way
		list = append(list, complaint{"mos", q.MOS, -fairMOS, -poorMOS, "语音评分 %s", "a quality score of %s"})
	}
	return list
}

// grade compares with the limits; negative limits are least values.
func (c complaint) grade() Grade {
	value := c.value
	if c.poor < 0 {
		value = -value
	}
	switch {
	case value > c.poor:
		return Poor
	case value > c.fair:
		return Fair
	}
	return Good
}

func percent(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return min(100, 100*float64(part)/float64(whole))
}

// number writes a figure as people say it: two places at most below 10, else whole.
func number(v float64) string {
	switch {
	case v >= 10:
		return fmt.Sprintf("%.0f", v)
	case v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}
