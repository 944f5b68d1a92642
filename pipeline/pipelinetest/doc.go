// Package pipelinetest makes the ground under a conversion give way: stores and
// sources whose N-th operation fails, lasts too short or never returns, and a
// disk in memory that forgets what was not synced when the power goes.
//
//	Script ── counts operations, keeps their order, says which one fails and how
//	  ├─► Store   a pipeline.Store over another one (a folder, a Disk)
//	  └─► Source  a pipeline.Source over another one (a folder, Files)
//	Disk  ── a pipeline.Store in memory: Crash gives what may be left of it
//	Files ── a pipeline.Source in memory
//
// What is converted on it is small, and knows no stage: Data, a data set in memory, in
// the format Ledger, by a job that its Job returns.
//
// A test runs a conversion once with a Script that fails nothing, to learn how
// many operations there are, and then once for each of them. The package is for
// tests only: nothing outside of tests imports it, and it never touches a disk
// itself.
package pipelinetest
