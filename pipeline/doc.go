// Package pipeline is the flow of a conversion: it cuts records into shards
// (Plan), builds whole shards from a plan and its input (Build), commits them
// (Run, Commit), and publishes and describes the result (Finalize, Manifest),
// brings one up to date (Update), or checks one (Verify). Two outputs are compared
// by the package compare.
//
// The interfaces that the stages fulfil are defined here, where they are used:
// Source (where input bytes come from), Loader (how a split's records become
// columns), Checker (what an image must be) and Format (how a shard is laid
// out). The package knows none of their implementations, touches no flag, no
// terminal and no clock, and nothing it writes depends on time, host, worker
// count or map order.
//
// An image's way: the plan knows its size from a stat. Each format's layout
// knows its place in the shard before a byte is read. A reader takes a buffer
// from the Budget, reads the file once, the Checker looks at the bytes, and
// every format's writer puts them where they belong with one positioned write.
// Nothing waits for its turn, so order needs no queue.
package pipeline
