// Package interpreter starts, runs, freezes, hibernates, wakes and kills Python
// interpreters: each in a sandbox of its own or, without isolation, as a plain
// process.
//
// An [Engine] is what all of them share: the installed Python, the sandboxes'
// runtime, the snapshot that interpreters are restored from, the watch over their
// memory. [Engine.At] returns the [Interpreter] of one [Place], which is a folder,
// a host name and an identity. It runs nothing until it is asked to:
//
//	in := engine.At(place)
//	live, err := in.Get(ctx)                    // started, restored from the snapshot, or woken
//	x, err := (&interpreter.Run{…}).Do(ctx, req) // one execution, with its limits
//	frozen, err := live.FreezeIfIdle()          // stopped, if nothing is left running
//	err = in.Hibernate(ctx)                     // its state is on the disk, and the process gone
//	in.Kill()
//
// A [Live] is one process and the way to talk to it. An interpreter that dies, is
// discarded or woken has another one.
//
//	          Begin                    Hibernate
//	nothing ─────────▶ live ─────────────────────────▶ hibernated
//	   ▲   snapshot    │  ▲                                │
//	   │               │  └────────────────────────────────┘
//	   └───────────────┘      Begin: restored from its state
//	       Discard
//
// The package knows nothing of sessions' IDs, of pools, or of who waits for what:
// whoever uses an interpreter makes sure that one caller at a time does. Every
// goroutine is one of [Options.Owner].
package interpreter
