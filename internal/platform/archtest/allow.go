package archtest

// Exception lets one file (or all below a directory) break a rule, and says why.
type Exception struct{ Rule, Path, Reason string }

// Exceptions of this repository. One that nothing needs any more is a finding.
func Exceptions() []Exception {
	return []Exception{
		{"clock", "internal/platform/clock/clock.go", "it is the clock"},
		{"clock", "internal/platform/lifecycle", "it measures and spaces real starts and stops"},
		{"clock", "internal/platform/localca/localca.go", "a serial number when the machine has no randomness"},
		{"clock", "internal/platform/blob/s3.go", "for an object store that does not say when it stored"},
		{"clock", "internal/platform/jobs/registry.go", "how long a job took, not a time of day"},

		{"http", "internal/identity/gateway/gateway.go", "the OpenID Connect libraries want one; its transport is platform/httpclient"},

		{"panic", "internal/approval/service.go", "start-up: a kind that is incomplete or registered twice"},
		{"panic", "internal/platform/jobs/registry.go", "start-up: a queue registered twice"},
		{"panic", "internal/platform/outbox/metrics.go", "start-up: two metrics of one name"},
		{"panic", "internal/platform/outbox/topic.go", "start-up: a topic that is not well formed"},
		{"panic", "internal/platform/httpapi/api.go", "start-up: a route registered too late; and http.ErrAbortHandler, by which net/http ends a broken answer"},
		{"panic", "internal/platform/httpapi/file.go", "http.ErrAbortHandler, by which net/http ends a broken answer"},
		{"panic", "internal/platform/httpapi/route.go", "start-up: a route that is not well formed"},
		{"panic", "internal/platform/httpapi/live/hub.go", "start-up: two snapshots of one topic"},
		{"panic", "internal/platform/timer/worker.go", "start-up: two handlers for one kind"},
		{"panic", "internal/setting/registry.go", "start-up: a setting that is not well formed or declared twice"},
		{"panic", "web/embed.go", "the name of an embedded directory, which is a constant"},

		{"river", "internal/platform/postgres/migrate.go", "River's own tables are migrated in the same step as ours"},
	}
}

// Permit takes out the findings that an exception covers, and adds one for each exception that covers nothing.
func Permit(all []Finding, exceptions []Exception) []Finding {
	var left []Finding
	needed := make([]bool, len(exceptions))
	for _, f := range all {
		covered := false
		for i, e := range exceptions {
			if e.Rule == f.Rule && under(f.File, e.Path) {
				needed[i], covered = true, true
			}
		}
		if !covered {
			left = append(left, f)
		}
	}
	for i, e := range exceptions {
		if !needed[i] {
			left = append(left, Finding{File: e.Path, Rule: e.Rule, Problem: "an exception that nothing needs",
				Remedy: "take it out of internal/platform/archtest/allow.go"})
		}
	}
	return left
}
