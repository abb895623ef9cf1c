//go:build linux || windows

package main

// What the command of Windows tells the one of Linux. wine starts programs of Linux, but
// tells neither when they end nor how, and gives them no pipes.
const (
	// relayVariable has the address of a listener for the standard streams, each of which
	// is a connection that begins with the digit of its descriptor.
	relayVariable = "WSL_RELAY"
	// exitVariable has the path of a file for the exit code.
	exitVariable = "WSL_EXIT"
)
