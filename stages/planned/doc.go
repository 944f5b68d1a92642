// Package planned is a plan as a folder, for workers on other machines:
//
//	PLAN/plan.json             the plan itself, for who publishes (pipeline.Plan)
//	PLAN/splits/train.arrows   the rows of each shard: an Arrow stream, a record batch a shard
//	PLAN/splits/train.index    a line of fixed length a shard: where its batch is, and digests
//	PLAN/splits/train.images   images that stand in the records themselves, where there are any
//	PLAN/worker.json           what all workers need, written last: a plan is whole when it is there
//
// A worker reads worker.json, a line of the index and one batch, whatever the number of
// shards, and neither pickles nor side tables. Batches are read rather than mapped: a
// mapped file that is cut short underneath ends the process.
//
// What is read back is untrusted: names are checked, lengths are held against the files,
// arrays are checked whole, and a shard whose digests are not those of its line is refused.
package planned
