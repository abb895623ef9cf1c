// Package windows has the tests of the built program of Windows, whose sessions are in a
// pool of Linux. They run there, or under wine as .ci/windows does, and need to be told
// the program (PROGRAM) and the pool (ENDPOINT).
package windows
