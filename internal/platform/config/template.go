package config

import (
	"fmt"
	"strings"
)

// Template gives the commented reference configuration: every option, its default, what it does.
func Template() string {
	var b strings.Builder
	b.WriteString("# Yingda's configuration. Everything has a default; uncomment what you change.\n")
	b.WriteString("# Each option is also a flag (--smtp-host) and an environment variable (YINGDA_SMTP_HOST);\n")
	b.WriteString("# secrets may stay in a file named by the variable with _FILE (YINGDA_SMTP_PASSWORD_FILE).\n")
	section := ""
	for _, o := range Options() {
		group, name, nested := strings.Cut(o.Key, ".")
		if !nested {
			group, name = "", o.Key
		}
		if group != section {
			fmt.Fprintf(&b, "\n%s:\n", group)
			section = group
		} else if !nested {
			b.WriteString("\n")
		}
		indent := ""
		if nested {
			indent = "  "
		}
		fmt.Fprintf(&b, "%s## %s\n", indent, o.Usage)
		sample := o.Default
		switch o.Key { // depend on the machine
		case "data-dir":
			sample = "/var/lib/yingda"
		case "node":
			sample = "node-1"
		}
		if sample == "" {
			sample = o.Example
		}
		if o.Secret && sample == "" {
			sample = "(secret)"
		}
		fmt.Fprintf(&b, "%s# %s: %s\n", indent, name, quote(sample))
	}
	return b.String()
}

// quote writes text so that YAML reads the same text back.
func quote(s string) string {
	if strings.ContainsAny(s, `{}[]"'#&*!|>%@\:,`) && !strings.HasPrefix(s, "http") {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return s
}
