// Package command is the command line of yingda: it parses, calls internal/app, and prints.
//
// Every subcommand stands in a file of its own. Answers go to standard output, progress and errors
// to standard error. The exit code is 0 when done, 1 when something failed, 2 when the command line
// or the configuration is wrong.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"yingda/internal/platform/config"
	"yingda/internal/platform/fault"
)

// Set by the build: see Makefile.
var (
	version  = "dev"
	revision = "none"
)

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// usageError marks a wrong command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Main runs the command line and returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "yingda: "+inWords(err))
	var usage usageError
	var problems config.Problems
	if errors.As(err, &usage) || errors.As(err, &problems) {
		return exitUsage
	}
	return exitFailed
}

// inWords gives cause and remedy of a fault, and the plain text of any other error.
func inWords(err error) string {
	f, ok := fault.As(err)
	if !ok {
		return err.Error()
	}
	words := f.Message
	if cause := errors.Unwrap(f); cause != nil {
		words += ": " + cause.Error()
	}
	for _, field := range f.Fields {
		words += "; " + field.Location + ": " + field.Message
	}
	if f.Remedy != "" {
		words += "; " + f.Remedy
	}
	return words + " [" + f.Code + "]"
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "yingda",
		Short:         "Customer service system of a telecom operator",
		Long:          "Yingda is the customer service system of a telecom operator in one program.\n`yingda serve` starts it; everything has a default.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; `%s --help` lists what it takes", err, c.CommandPath())}
	})
	root.AddCommand(newServe(), newCheckConfig(), newMigrate(), newRouting(), newDoctor(), newAccount(), newTLS(), newOutbox(), newTimer(), newJobs(), newSecret(), newAudit(), newBench(), newCall(), newPhone(), newLoadgen(), newOpenAPI(), newVersion())
	for _, c := range all(root) {
		if c.Args == nil {
			c.Args = cobra.NoArgs
		}
		if c.RunE == nil { // a group of commands: without one it helps, with an unknown one it must fail
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
		c.Args = asUsage(c.Args)
	}
	return root
}

func all(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		list = append(list, all(sub)...)
	}
	return list
}

func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			names := make([]string, 0, len(c.Commands()))
			for _, sub := range c.Commands() {
				if !sub.Hidden {
					names = append(names, sub.Name())
				}
			}
			hint := fmt.Sprintf("; `%s --help` tells more", c.CommandPath())
			if len(names) > 0 {
				hint = "; there are " + strings.Join(names, ", ")
			}
			return usageError{fmt.Errorf("%w%s", err, hint)}
		}
		return nil
	}
}
