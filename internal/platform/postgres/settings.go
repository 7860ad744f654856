package postgres

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

const mebibyte = 1 << 20

// settings are the defaults of the private server for a machine with so much memory, in bytes. They
// stay modest, because everything else of the installation lives on the same machine and the system's
// page cache serves reads as well. The operator's custom.conf in the cluster wins over them.
func settings(memory uint64) map[string]string {
	mb := func(bytes uint64) string { return strconv.FormatUint(bytes/mebibyte, 10) + "MB" }
	return map[string]string{
		"max_connections":                     "120",
		"shared_buffers":                      mb(clamp(memory/16, 64*mebibyte, 256*mebibyte)), // each 256 MB cost 20 MB of bookkeeping at once
		"effective_cache_size":                mb(clamp(memory/2, 256*mebibyte, 64*1024*mebibyte)),
		"maintenance_work_mem":                mb(clamp(memory/64, 64*mebibyte, 512*mebibyte)),
		"work_mem":                            "8MB",
		"min_wal_size":                        "80MB",
		"max_wal_size":                        "2GB",
		"checkpoint_timeout":                  "5min", // bounds the recovery after a crash
		"synchronous_commit":                  "on",   // nothing acknowledged is lost
		"jit":                                 "off",
		"idle_in_transaction_session_timeout": "5min", // a forgotten transaction holds back events and vacuum
		"timezone":                            "UTC",
		"log_timezone":                        "UTC",
	}
}

// fixedSettings go on the command line, where no file can change them: the ways in, and what may be
// logged. Statements, details and ordinary errors carry values of customers, so the server logs none:
// errors reach this program through its connections, and its edges log them.
func fixedSettings(socketDir string) []string {
	return []string{
		"listen_addresses=", "port=5432", "unix_socket_directories=" + socketDir, "unix_socket_permissions=0700",
		"logging_collector=off", "log_destination=stderr", "log_line_prefix=[%p] ",
		"log_min_messages=log", "log_min_error_statement=panic", "log_error_verbosity=terse",
		"log_statement=none", "log_min_duration_statement=-1", "log_duration=off",
		"log_connections=off", "log_disconnections=off", "log_checkpoints=off", "log_lock_waits=on",
		"restart_after_crash=on", "ssl=off",
	}
}

func settingsFile(all map[string]string) string {
	var text strings.Builder
	text.WriteString("# Written at each start; put your own settings into custom.conf beside this file.\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.ReplaceAll(all[name], "'", "''"))
	}
	return text.String()
}

func clamp(v, low, high uint64) uint64 { return min(max(v, low), high) }

// memory tells how many bytes this process may use: the machine's, or its control group's when that
// is smaller. Unknown counts as 4 GiB.
func memory() uint64 {
	total := uint64(4096 * mebibyte)
	if raw, err := os.ReadFile("/proc/meminfo"); err == nil {
		if v, ok := memTotal(string(raw)); ok {
			total = v
		}
	}
	if raw, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if v, err := strconv.ParseUint(strings.TrimSpace(string(raw)), 10, 64); err == nil {
			total = min(total, v)
		}
	}
	return total
}

func memTotal(meminfo string) (uint64, bool) {
	for line := range strings.Lines(meminfo) {
		rest, ok := strings.CutPrefix(line, "MemTotal:")
		if !ok {
			continue
		}
		kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
		return kib * 1024, err == nil
	}
	return 0, false
}
