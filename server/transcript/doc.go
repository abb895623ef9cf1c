// Package transcript writes what happens in conversations into a folder of the user:
// each conversation as a notebook, and beside it as a log that can be verified and run
// again.
//
//	rec := transcript.New(transcript.Options{Dir: dir, Pool: pool, …})
//	store := notebook.NewStore(notebook.Options{Observer: rec})
//	rec.Keep(store.Encode)
//	defer rec.Close()
//
//	log, err := transcript.Read(file)           // checks every record
//	result, err := transcript.Replay(ctx, log, transcript.ReplayOptions{Pool: pool, Out: os.Stdout})
//
// # Files
//
// A conversation has conversation-DATE-TIME.ipynb, which is written anew after each run,
// whole or not at all, and conversation-DATE-TIME.jsonl, to which records are appended.
// Names are taken by creating the log, so that servers can share a folder. A named session
// goes on with its files where its server finds that they are as they were left.
//
// All writing is done by one goroutine, behind the answers. What cannot be written is
// logged once, and the next record that can be says how many are missing.
//
// # The log
//
// A line is a [Record] as JSON whose last member, hash, is the SHA-256 of the hash before
// it and of the line without that member. So a byte that changes, and a line that is
// missing, moved or added, are found; a log that lacks its end is one without the record
// close, and only the last hash, kept elsewhere, tells it from one whose server was killed.
//
// A log has the code that ran, the outputs up to 64 KiB each and the hashes of all, the
// hashes of files that were uploaded, with the contents of small ones, and of files that
// code has made, and the hosts that it reached or was refused. It has no tokens, no names of sessions, and of the host no path. It ends
// at 64 MiB.
package transcript
