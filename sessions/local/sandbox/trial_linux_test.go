package sandbox

import "os"

// runTrial does the work of a process that a test has started, and ends it. In
// any other process it returns.
func runTrial() {
	if trial := os.Getenv(mountsEnv); trial != "" {
		os.Exit(runMountTrial(trial))
	}
	if trial := os.Getenv(userEnv); trial != "" {
		os.Exit(runUserTrial(trial))
	}
	if target := os.Getenv(confinedEnv); target != "" {
		os.Exit(tryToEscape(target))
	}
	if os.Getenv(victimEnv) != "" {
		os.Exit(beVictim())
	}
	if limit := os.Getenv(probeEnv); limit != "" {
		os.Exit(probeForTest(limit))
	}
	if os.Getenv(straysEnv) != "" {
		os.Exit(straysForTest())
	}
}
