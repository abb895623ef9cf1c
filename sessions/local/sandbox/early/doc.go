// Package early does what must happen, or is better done, before the packages of
// gVisor and others are initialised, which takes 20 ms of a processor in each process
// that this program starts of itself:
//
//   - It ends the program with a sentence where /proc is not what gVisor's packages
//     take for granted. They panic otherwise, before any code of ours runs.
//   - It is gVisor's unmounter, of which the start of a sandbox takes two.
//   - It has the janitor wait, which has nothing to do before its server is gone.
//   - It confines processes that have no namespaces and become something else then.
//
// Go initialises packages in the order of their paths, as soon as what they import is
// ready. So this one imports little, and only of the standard library, as does package
// landlock.
package early

// JanitorName is what the janitor is called: the first argument of its process. Its
// standard input ends when its server does.
const JanitorName = "sandbox-janitor"

// ConfinedName is what a process is called that confines itself and then becomes
// another; see confine_linux.go.
const ConfinedName = "sandbox-confined"
