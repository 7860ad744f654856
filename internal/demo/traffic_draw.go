package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// halfHours are the weights of the half hours of a day from 00:00, in shape a hotline's: two humps, the peak at 10.
var halfHours = [48]float64{
	.35, .28, .22, .18, .15, .13, .12, .12, .13, .15, .2, .3, .5, .8, 1.3, 2.0, 3.2, 4.1, 4.6, 4.8, 4.7, 4.4, 3.9, 3.5,
	3.3, 3.4, 3.7, 4.0, 4.2, 4.2, 4.1, 3.9, 3.6, 3.2, 2.9, 2.8, 2.8, 2.9, 2.9, 2.8, 2.6, 2.3, 1.9, 1.6, 1.2, .9, .7, .5,
}

// leastShare keeps a demonstration at night from standing still.
const leastShare = 0.25

// shareAt gives the share of the busiest half hour's traffic at a moment, in China's time.
func shareAt(now time.Time) float64 {
	at := now.In(time.FixedZone("Asia/Shanghai", 8*60*60))
	busiest := 0.0
	for _, w := range halfHours {
		busiest = max(busiest, w)
	}
	return max(leastShare, halfHours[at.Hour()*2+at.Minute()/30]/busiest)
}

// untilNext draws the time to the next call of a Poisson process of so many calls an hour.
func untilNext(random *rand.Rand, perHour float64) time.Duration {
	return time.Duration(random.ExpFloat64() / perHour * float64(time.Hour))
}

// logNormal draws a length with a median; sigma is that of its logarithm. It is between a fifth and six times the median.
func logNormal(random *rand.Rand, median time.Duration, sigma float64) time.Duration {
	d := time.Duration(float64(median) * math.Exp(sigma*random.NormFloat64()))
	return min(max(d, median/5), 6*median)
}

// patience draws how long somebody waits before he hangs up: exponential, at least some seconds.
func patience(random *rand.Rand, mean time.Duration) time.Duration {
	return 4*time.Second + min(time.Duration(random.ExpFloat64()*float64(mean)), 5*mean)
}
