package command

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yingda/internal/app"
	"yingda/internal/audit"
	"yingda/internal/audit/chain"
)

// maxNamed bounds what one run names, in the answer as JSON; as text everything is named.
const maxNamed = 10_000

// errTampered gives exit code 1; what is wrong was printed.
var errTampered = errors.New("the audit does not verify")

func newAudit() *cobra.Command {
	c := &cobra.Command{
		Use:     "audit",
		Short:   "Verify that nobody changed the audit",
		Example: "  yingda audit verify\n  yingda audit key",
	}
	c.AddCommand(newAuditVerify(), newAuditKey())
	return c
}

// verifyFlags are what the command line says.
type verifyFlags struct {
	since  string
	keys   []string
	heads  []string
	asJSON bool
}

func newAuditVerify() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify",
		Short: "Compare the audit with its seal and name everything that was tampered with",
		Long: "Compare every entry of the audit with the signed chain, the chain with itself, and its end with the heads kept in the\n" +
			"file store. Each changed, missing, inserted, reordered or cut-off entry or batch is named with its id, its time and\n" +
			"what is wrong. The exit code is 1 when anything is. Trust only what you noted down yourself: with --public-key only\n" +
			"that key may have signed, and --head compares with a head that came by mail. It reads the installation's database,\n" +
			"whether Yingda runs or not, and changes nothing there but the note of this verification.",
		Example: "  yingda audit verify\n  yingda audit verify --since 2026-11-01 --json\n  yingda audit verify --public-key ed25519:… --head 4711=9f86d0…",
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := f.options()
			if err != nil {
				return usageError{err}
			}
			return operate(c, func(ctx context.Context, op *app.Operator) error { return runVerify(c, ctx, op, o, f.asJSON) })
		},
	}
	c.Flags().StringVar(&f.since, "since", "", "only what was written since this day or moment: 2026-11-01 or 2026-11-01T08:00:00+08:00")
	c.Flags().StringArrayVar(&f.keys, "public-key", nil, "the only key that may have signed, as yingda audit key printed it; may be given again")
	c.Flags().StringArrayVar(&f.heads, "head", nil, "a head that must be in the chain, NUMBER=HEAD as it came by mail; may be given again")
	c.Flags().BoolVar(&f.asJSON, "json", false, "answer as JSON")
	configFlags(c)
	return c
}

func (f verifyFlags) options() (o audit.VerifyOptions, err error) {
	if f.since != "" {
		if o.Since, err = parseSince(f.since); err != nil {
			return o, err
		}
	}
	for _, text := range f.keys {
		key, err := chain.ParseKey(text)
		if err != nil {
			return o, fmt.Errorf("--public-key %q: %w", text, err)
		}
		o.Trusted = append(o.Trusted, ed25519.PublicKey(key))
	}
	for _, text := range f.heads {
		number, head, _ := strings.Cut(text, "=")
		h := chain.Head{Source: "given with --head"}
		if h.Number, err = strconv.ParseInt(number, 10, 64); err != nil || h.Number < 1 {
			return o, fmt.Errorf("--head %q is not NUMBER=HEAD", text)
		}
		if err := h.Head.UnmarshalText([]byte(head)); err != nil {
			return o, fmt.Errorf("--head %q: %w", text, err)
		}
		o.Heads = append(o.Heads, h)
	}
	return o, nil
}

// parseSince takes a moment, or a day of the centre's calendar.
func parseSince(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, time.FixedZone("CST", 8*60*60))
	if err != nil {
		return t, fmt.Errorf("--since %q is neither a day such as 2026-11-01 nor a moment such as 2026-11-01T08:00:00+08:00", s)
	}
	return t, nil
}

// verifyAnswer is the answer as JSON.
type verifyAnswer struct {
	audit.Verification
	Seconds          float64         `json:"seconds"`
	EntriesPerSecond float64         `json:"entries_per_s"`
	Findings         []chain.Finding `json:"findings"`
}

func runVerify(c *cobra.Command, ctx context.Context, op *app.Operator, o audit.VerifyOptions, asJSON bool) error {
	out := verifyAnswer{Findings: []chain.Finding{}}
	o.Report = func(f chain.Finding) {
		switch {
		case !asJSON:
			printTampered(c.OutOrStdout(), f)
		case len(out.Findings) < maxNamed:
			out.Findings = append(out.Findings, f)
		}
	}
	last := time.Now()
	o.Progress = func(entries int64) {
		if time.Since(last) >= time.Second {
			last = time.Now()
			fmt.Fprintf(c.ErrOrStderr(), "compared: %d entries\n", entries)
		}
	}
	v, took, err := op.VerifyAudit(ctx, o)
	if err != nil {
		return err
	}
	out.Verification, out.Seconds = v, took.Seconds()
	if took > 0 {
		out.EntriesPerSecond = float64(v.Entries) / took.Seconds()
	}
	if asJSON {
		e := json.NewEncoder(c.OutOrStdout())
		e.SetIndent("", "  ")
		if err := e.Encode(out); err != nil {
			return err
		}
	} else {
		printVerified(c.OutOrStdout(), out)
	}
	if v.Wrong > 0 {
		return errTampered
	}
	return nil
}

func printTampered(w io.Writer, f chain.Finding) {
	at := "-"
	if !f.At.IsZero() {
		at = f.At.UTC().Format(time.RFC3339)
	}
	fmt.Fprintf(w, "WRONG  %-16s %-20s %s\n", f.Wrong, at, f.Text)
}

func printVerified(w io.Writer, v verifyAnswer) {
	fmt.Fprintf(w, "Compared %d entries and %d batches in %.1f s (%.0f entries/s); %d entries wait to be sealed, %d heads are kept outside of the database.\n",
		v.Entries, v.Batches, v.Seconds, v.EntriesPerSecond, v.Pending, v.Heads)
	if v.LastBatch > 0 {
		fmt.Fprintf(w, "The last batch is %d of %s, head %s.\n", v.LastBatch, v.LastMade.UTC().Format(time.RFC3339), v.LastHead)
	}
	if v.Wrong == 0 {
		fmt.Fprintln(w, "Nothing was changed, taken out, put in or cut off.")
		return
	}
	fmt.Fprintf(w, "%d things are wrong.\n", v.Wrong)
}

func newAuditKey() *cobra.Command {
	c := &cobra.Command{
		Use:   "key",
		Short: "Print the public key of the audit, to be noted down by the auditor",
		Long: "Print the public keys under which the audit is sealed, the newest last. Note it down where administrators of this\n" +
			"installation cannot change it, and verify with `yingda audit verify --public-key KEY`.",
		Example: "  yingda audit key",
		RunE: func(c *cobra.Command, _ []string) error {
			return operate(c, func(ctx context.Context, op *app.Operator) error {
				keys, err := op.AuditKeys(ctx)
				if err != nil {
					return err
				}
				if len(keys) == 0 {
					fmt.Fprintln(c.ErrOrStderr(), "There is no key yet; it is made when a process with the worker role starts.")
				}
				for _, k := range keys {
					fmt.Fprintf(c.OutOrStdout(), "%s  %s  %s\n", k.Public, k.ID, k.MadeAt.Format(time.RFC3339))
				}
				return nil
			})
		},
	}
	configFlags(c)
	return c
}
