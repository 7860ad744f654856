package voice_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/voice"
)

func TestQualityIsSaidInWords(t *testing.T) {
	t.Parallel()
	in := func(packets, lost uint64, jitter float64) voice.Way {
		return voice.Way{Packets: packets, Lost: lost, JitterMS: jitter, Reported: true}
	}
	for _, c := range []struct {
		name   string
		given  voice.Quality
		grade  voice.Grade
		reason string
		zh, en string
	}{
		{"nothing yet", voice.Quality{}, voice.Unknown, "", "还没有数据", "nothing known yet"},
		{"clear", voice.Quality{Receive: in(1000, 2, 3), MOS: 4.3}, voice.Good, "good", "通话清晰", "clear"},
		{"theirs loses", voice.Quality{Receive: in(960, 40, 3), MOS: 3.5}, voice.Poor, "loss_in", "对方网络丢包 4 %", "the other side's network loses 4 % of packets"},
		{"a little loss", voice.Quality{Receive: in(985, 15, 3), MOS: 4.1}, voice.Fair, "loss_in", "对方网络丢包 1.5 %", "the other side's network loses 1.5 % of packets"},
		{"ours gets lost", voice.Quality{Send: in(1000, 50, 3)}, voice.Poor, "loss_out", "对方收到的声音丢包 5 %", "5 % of our packets do not reach the other side"},
		{"jitter", voice.Quality{Receive: in(1000, 0, 44)}, voice.Fair, "jitter_in", "对方网络抖动 44 毫秒", "the other side's network has 44 ms of jitter"},
		{"overloaded", voice.Quality{Send: voice.Way{Packets: 1000, Late: 30}, MOS: 4.2}, voice.Poor, "late", "本机发送迟滞 3 %，本机负荷过高", "this machine sends 3 % of packets late: it is overloaded"},
		{"delay", voice.Quality{Receive: in(1000, 0, 1), RTTMS: 900}, voice.Poor, "delay", "往返时延 900 毫秒", "a round trip takes 900 ms"},
		{"score only", voice.Quality{MOS: 3.5}, voice.Fair, "mos", "语音评分 3.5", "a quality score of 3.5"},
		{"silence beats all", voice.Quality{Receive: in(10, 90, 99), SilentMS: 7000}, voice.Poor, "silence", "7 秒没有收到对方的声音", "nothing heard from the other side for 7 s"},
		{"worse beats earlier", voice.Quality{Receive: in(985, 15, 70)}, voice.Poor, "jitter_in", "对方网络抖动 70 毫秒", "the other side's network has 70 ms of jitter"},
		{"everything lost", voice.Quality{Receive: in(0, 100, 0)}, voice.Poor, "loss_in", "对方网络丢包 100 %", "the other side's network loses 100 % of packets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, voice.Verdict{Grade: c.grade, Reason: c.reason, ZH: c.zh, EN: c.en}, voice.Judge(c.given))
		})
	}
}

// Making one figure worse never makes the grade better.
func TestWorseFiguresNeverSoundBetter(t *testing.T) {
	t.Parallel()
	rank := map[voice.Grade]int{voice.Good: 0, voice.Fair: 1, voice.Poor: 2}
	rapid.Check(t, func(t *rapid.T) {
		way := func(label string) voice.Way {
			return voice.Way{
				Packets: uint64(rapid.IntRange(100, 5000).Draw(t, label+" packets")), Lost: uint64(rapid.IntRange(0, 300).Draw(t, label+" lost")),
				JitterMS: rapid.Float64Range(0, 120).Draw(t, label+" jitter"), Late: uint64(rapid.IntRange(0, 50).Draw(t, label+" late")), Reported: true,
			}
		}
		q := voice.Quality{Receive: way("in"), Send: way("out"), MOS: rapid.Float64Range(1, 4.5).Draw(t, "mos"), RTTMS: rapid.Float64Range(0, 1000).Draw(t, "rtt")}
		worse := q
		switch rapid.IntRange(0, 4).Draw(t, "which") {
		case 0:
			worse.Receive.Lost += 100
		case 1:
			worse.Send.JitterMS += 50
		case 2:
			worse.RTTMS += 300
		case 3:
			worse.MOS = 1
		case 4:
			worse.SilentMS = 10_000
		}
		a, b := voice.Judge(q), voice.Judge(worse)
		if rank[b.Grade] < rank[a.Grade] {
			t.Fatalf("%+v is %s, worse is %s", q, a.Grade, b.Grade)
		}
		if a.ZH == "" || a.EN == "" {
			t.Fatalf("no words for %+v", q)
		}
	})
}
