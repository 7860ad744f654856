package demo

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/privacy"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/recording"
)

// demoRecordings are how many recordings the demonstration has.
const demoRecordings = 8

// Recordings gives the demonstration recorded calls of the last days: two voices that take turns, made by
// arithmetic, so that nobody's real voice is in it. Unless there are some.
func Recordings(ctx context.Context, recordings *recording.Service, units *organization.Service, now time.Time) error {
	ctx = actor.With(ctx, actor.System("demo.recording", recording.Read))
	existing, err := recordings.List(ctx, recording.Filter{Limit: 1})
	if err != nil || len(existing) > 0 {
		return err
	}
	tree, err := units.Tree(ctx)
	if err != nil {
		return err
	}
	centres := tree.Centres()
	if len(centres) == 0 {
		return nil
	}
	random := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // the same for everybody
	for i := range demoRecordings {
		began := now.Add(-time.Duration(i)*17*time.Hour - time.Duration(random.IntN(3600))*time.Second).Truncate(time.Second)
		customer, ours := dialogue(random, 20+random.IntN(25))
		_, err := recordings.Keep(ctx, recording.Start{
			Call: uuid.New(), Centre: centres[random.IntN(len(centres))].ID, Direction: recording.Inbound, Began: began,
			Customer: privacy.Phone(fmt.Sprintf("+86154%08d", random.IntN(100_000_000))), Line: "96800", StaffNumber: fmt.Sprintf("410%d", 1+random.IntN(4)),
			Labels: map[string]string{"trunk": "DEMO-A"},
		}, customer, ours)
		if err != nil {
			return fmt.Errorf("keep a recording of the demonstration: %w", err)
		}
	}
	return nil
}

// dialogue is so many seconds of two voices that take turns.
func dialogue(random *rand.Rand, seconds int) (customer, ours []byte) {
	n := seconds * g711.SampleRate
	sides := [2][]byte{make([]byte, n), make([]byte, n)}
	for _, side := range sides {
		for i := range side {
			side[i] = g711.ALawSilence
		}
	}
	at := g711.SampleRate / 2
	for turn := 1; ; turn++ { // we greet first
		end := min(n-g711.SampleRate/2, at+g711.SampleRate*(2+random.IntN(4)))
		if end <= at {
			return sides[0], sides[1]
		}
		speak(random, sides[turn%2][at:end], []float64{210, 125}[turn%2])
		at = end + g711.SampleRate/4 + random.IntN(g711.SampleRate/2)
	}
}

// speak fills the audio with syllables: harmonics of a gliding pitch under two formants.
func speak(random *rand.Rand, audio []byte, pitch float64) {
	for at := 0; at < len(audio); {
		length := min(len(audio)-at, g711.SampleRate*(12+random.IntN(14))/100)
		first, second := 300+500*random.Float64(), 900+1500*random.Float64()
		begin, slope := pitch*(0.9+0.3*random.Float64()), 0.4*(random.Float64()-0.5)
		phase := 0.0
		for i := range length {
			t := float64(i) / float64(length)
			hertz := begin * (1 + slope*t)
			phase += 2 * math.Pi * hertz / g711.SampleRate
			sum := 0.0
			for h := 1.0; h*hertz < 3400; h++ {
				f := h * hertz
				sum += math.Sin(h*phase) * (math.Exp(-math.Pow((f-first)/180, 2)) + 0.5*math.Exp(-math.Pow((f-second)/250, 2)))
			}
			audio[at+i] = g711.EncodeALaw(int16(9000 * math.Sin(math.Pi*t) * sum / 3))
		}
		at += length + g711.SampleRate*(2+random.IntN(6))/100
	}
}
