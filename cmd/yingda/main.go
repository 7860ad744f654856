// Command yingda is the customer service system of a telecom operator.
package main

import (
	"os"

	"yingda/internal/command"
)

func main() { os.Exit(command.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
