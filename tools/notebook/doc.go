// Package notebook keeps a record of what happens in sessions as a Jupyter notebook
// (nbformat 4.5): the code that ran with its outputs, what was uploaded, and when a
// session or its interpreter was replaced.
//
//	store := notebook.NewStore(notebook.Options{Observer: transcript})
//	store.Uploaded(id, upload)  // after each upload
//	store.Ran(id, run)          // after each run
//	data := store.Encode(id)    // a whole notebook at any time, also before the first run
//
// The record is made on the host of what pools report, so that code cannot change it.
// It has no names of sessions, no tokens, and of the host no path.
//
// # Cells
//
// A run is a code cell with its outputs in order and in all their forms, and with its
// times in the metadata that Jupyter uses for them. One that raised has the tag
// raises-exception, so that nbconvert goes on after it; one that was stopped or died has
// skip-execution; one whose output may depend on time or chance (chance.go) has
// nbval-ignore-output. An upload is a Markdown cell, and a small one also a code cell that
// makes the file, so that the notebook runs elsewhere. The first cell goes to a folder
// like that of the session.
//
// # Bounds
//
// Of a text 256 KiB are kept, of a display 1 MiB, of a notebook 16 MiB and of all
// notebooks together 128 MiB. Of a notebook that grows beyond its bound the oldest outputs
// are left out first, then the contents of uploads, then the oldest cells. Of all
// notebooks the one that was unused for the longest gives way. What was left out is said
// where it was.
package notebook
