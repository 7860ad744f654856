package telemetry

// Buckets are the upper bounds of a duration histogram, fixed per kind of duration so that histograms of
// one kind can be laid over each other.
type Buckets struct{ seconds []float64 }

// The kinds of duration.
var (
	// RequestBuckets fit an HTTP request, a query or a bus request: 1 ms to 10 s.
	RequestBuckets = Buckets{[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}
	// JobBuckets fit background work, from a mail to an import: 10 ms to 1 h.
	JobBuckets = Buckets{[]float64{.01, .05, .1, .5, 1, 5, 15, 60, 300, 900, 3600}}
	// CallSetupBuckets fit what a caller hears as "it is connecting": 50 ms to 30 s (ITU-T E.721 wants a local call in 3 s).
	CallSetupBuckets = Buckets{[]float64{.05, .1, .2, .3, .5, .75, 1, 1.5, 2, 3, 5, 10, 30}}
	// CallLengthBuckets fit waiting, talking and handling time: 1 s to 2 h, with bounds at the service levels of 15, 20 and 30 s.
	CallLengthBuckets = Buckets{[]float64{1, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600, 7200}}
)
