// Package tasks lets clients leave a call of a tool and ask later how it stands: MCP's
// tasks, in both forms that the protocol has. The library runs what it is given within
// the request, so that this package stands before it.
//
//	table := tasks.New(tasks.Options{Tools: []string{"run_python"}})
//	defer table.Close()                             // cancels what still runs
//	table.Declare(srv)                              // tells clients
//	answer := table.AskWithin(ctx, srv, m, log)     // in the place of jsonrpc.AskWithin
//
// # Two forms
//
// In MCP 2025-11-25 the client decides: a call whose params have a task is answered with
// one within a second, at the end of the call if that comes sooner. tasks/get says how it stands, tasks/result waits for the result,
// tasks/list lists the tasks of the conversation, and tasks/cancel cancels one. Progress
// of the call goes to whoever waits in tasks/result, and over standard streams also to
// who does not.
//
// From MCP 2026-07-28 on, tasks are an extension, io.modelcontextprotocol/tasks, and the
// server decides: a call of a client that has declared it is answered as ever if that
// takes less than Options.Patience, and with a task otherwise. tasks/get has the result
// in the end. There is no tasks/result and no tasks/list. A tool that asks the client for
// something before there is a task is answered by another call, as ever; one that asks
// afterwards by tasks/update. In 2025-11-25 a task cannot ask.
//
// # A task
//
// A task is the call of a tool, as the library carries it out, with a context that does
// not end with the request: it has the same arguments, checks, result and errors as the
// call. The tool learns of it by [tools.WithTask]. It ends with the conversation, with
// tasks/cancel, and with [Table.Interrupt].
//
// Its ID has 128 random bits and is worth nothing to anybody but the owner. How many
// tasks an owner has, how long they are kept, and how much memory all results take
// together is bounded; a task that is no longer kept is as unknown as an invented one.
package tasks
