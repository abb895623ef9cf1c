// Package runs lets code go on after the call that began it was answered: clients give
// up on calls that take long, and models cannot foresee how long code takes.
//
//	table := runs.New(runs.Options{Pool: pool})
//	defer table.Close()                        // stops what still runs
//	r, err := table.Begin(ctx, id, request)    // waits for its turn; a *Busy if a run goes on
//	if r.Await(ctx, 45*time.Second, nil) {
//		run, err := r.Collect(ctx)         // what has not been told of it
//	} else if ctx.Err() == nil {
//		part := r.Part()                   // what is new, and the run goes on
//	}
//	r = table.Going(id)                        // a later call finds it
//
// # The life of a run
//
// A session has one run at a time. While the call that began it waits, other calls wait
// for their turn, in order. When that call has answered without the end, the run goes
// on by itself, and calls that would begin another are told so at once. Its outcome is
// kept until it is collected, at most [keepTime].
//
// A call that has something to say in the end alone may show its run ([Run.Show]), which
// other calls then find while it waits, and gets all of the outcome ([Run.Whole]).
//
// A call that is cancelled while it waits for a run stops it. So does [Run.Stop]. Code
// is interrupted, and killed if it does not heed that; see sessions.Request.
//
// # Questions
//
// Code may want something that the user has to allow. The question goes to the call that
// waits, if it can ask; a call that is answered with it parks it here for the call that
// brings the answer. The run itself waits for nobody: its pool does, for as long as it will.
//
// # Parts
//
// What was told of a run is not told again: parts and the outcome follow each other.
package runs
