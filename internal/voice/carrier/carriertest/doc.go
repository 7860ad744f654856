// Package carriertest brings implementations that are not ours into tests: SIPp and baresip of Debian (packages sip-tester
// and baresip), and a small registrar that knows digest.
//
// Each program runs in a folder of its own with the test's ports, is stopped by its process id when the test ends, and
// its output is shown when the test fails. Nothing is skipped: a missing program fails the test.
package carriertest
