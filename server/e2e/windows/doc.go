// Package windows has the tests of the built program of Windows, whose sessions are in a
// pool of Linux. They run there, or under wine as .ci/windows does, and need to be told
// the program (PROGRAM), the pool (ENDPOINT), and the folder of a wsl.exe which starts the
// Linux program (WSL; package wsl has that command).
package windows
