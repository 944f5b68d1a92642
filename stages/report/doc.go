// Package report makes one page for people of a dataset: report.html. It says whether
// the data can be trained with and shows why: what rules have found, records as people
// compare them (lose, win, refined) with their prompts and scores, how values and
// images are distributed in each split, what comes twice, and where all of it came from.
//
//	records ─► profile ─┬─ counts, histograms ─────────────┐
//	                    └─ chosen records ─► thumbnails ───┴─► page ─► report.html
//
// Records come from the shards of an output, whose images are left where they lie (Of),
// or from tables as a check has read them (OfCheck). A profile is bounded in memory and does not depend on
// how records were parted among workers. The page is one file under maxBytes, complete
// without scripts, under a policy that allows nothing to be loaded; the same input gives
// the same bytes.
//
// What stands in a dataset is a stranger's: all of it passes html/template, texts are
// cut and their control characters shown, and a picture is decoded only once its head
// says that it is small enough. The package never decodes more than the records that it
// shows, never changes data, and has no clock.
package report
