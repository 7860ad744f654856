package speech_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/speech"
)

// Loudness of speech, as root mean square over the file in dB below full scale.
const loudest, softest = -17.0, -25.0

// alaw gives the bytes of sound of a file.
func alaw(t *testing.T, lang speech.Lang, name speech.Sound) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("sounds", string(lang), string(name)+".wav"))
	require.NoError(t, err)
	_, body, ok := bytes.Cut(file, []byte("data"))
	require.True(t, ok)
	return body[4:]
}

// level gives the loudness of A-law.
func level(sound []byte) float64 {
	var sum float64
	for _, b := range sound {
		s := float64(g711.DecodeALaw(b)) / (1 << 15)
		sum += s * s
	}
	return 10 * math.Log10(sum/float64(len(sound))+1e-12)
}

func TestEverySoundIsThereInEveryLanguageAndAsLoudAsTheOthers(t *testing.T) {
	t.Parallel()
	names := speech.Names()
	require.Greater(t, len(names), 25)
	for _, lang := range speech.Langs() {
		for _, name := range names {
			said := speech.Say(lang, speech.Word(name))
			require.NotNil(t, said, "%s %s", lang, name)
			require.Greater(t, said.Duration(), 200*time.Millisecond, "%s %s", lang, name)
			require.Less(t, said.Duration(), 6*time.Second, "%s %s", lang, name)
			require.NotEmpty(t, speech.Words(lang, name), name)
			loud := level(alaw(t, lang, name))
			require.True(t, loud > softest && loud < loudest, "%s %s: %.1f dB", lang, name, loud)
		}
		found, err := filepath.Glob(filepath.Join("sounds", string(lang), "*.wav"))
		require.NoError(t, err)
		require.Len(t, found, len(names), "each file has its row")
	}
}

func TestEveryNamedSoundIsInTheTable(t *testing.T) {
	t.Parallel()
	for _, name := range []speech.Sound{
		speech.Welcome, speech.Transferring, speech.Ahead, speech.Waiting, speech.Next, speech.AllBusy, speech.Trouble, speech.StaffNumber,
		speech.AtYourService, speech.Closed, speech.NoAgents, speech.Full, speech.WaitedTooLong, speech.Dropped, speech.Unavailable, speech.Goodbye,
	} {
		require.True(t, speech.Known(name), name)
	}
	require.False(t, speech.Known("nothing"))
	require.False(t, speech.Known("# name"))
}

func TestNumbersAreReadDigitByDigit(t *testing.T) {
	t.Parallel()
	require.Equal(t, "工号一零零七为您服务。", speech.Text(speech.Chinese, speech.Word(speech.StaffNumber), speech.Number("1007"), speech.Word(speech.AtYourService)))
	require.Equal(t, "one zero", speech.Text(speech.English, speech.Number("1-0")))
	var each time.Duration
	for _, digit := range strings.Split("1007", "") {
		each += speech.Say(speech.Chinese, speech.Number(digit)).Duration()
	}
	require.InDelta(t, each, speech.Say(speech.Chinese, speech.Number("1007")).Duration(), float64(time.Millisecond))
}

func TestNothingToSayIsNoPrompt(t *testing.T) {
	t.Parallel()
	require.Nil(t, speech.Say(speech.Chinese))
	require.Nil(t, speech.Say(speech.English, speech.Number("-"), speech.Word("nothing")))
	require.Same(t, speech.Say("fr", speech.Word(speech.Goodbye)), speech.Say(speech.Chinese, speech.Word(speech.Goodbye)), "an unknown language is Chinese")
}

func ExampleSay() {
	parts := []speech.Part{speech.Word(speech.Ahead), speech.Number("12"), speech.Word(speech.Waiting)}
	prompt := speech.Say(speech.Chinese, parts...)
	fmt.Println(speech.Text(speech.Chinese, parts...), prompt.Duration() > time.Second)
	// Output: 您前面还有一二位客户在等待。 true
}
