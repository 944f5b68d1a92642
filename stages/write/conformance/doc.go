// Package conformance is the one test that every output format passes. A
// format's own tests call
//
//	func TestConformance(t *testing.T) { conformance.Run(t, New()) }
//
// and add only what is special about that format (golden bytes, judges).
//
//	Table ──► Records ──► Shard ─┬─► Sizer.Add …      bound ≥ size
//	(rows of Go values)          └─► Create ─► WriteImage … ─► File (memory)
//	                                             │ any order      │
//	                                             │ all at once    ├─► Canvas.Sum tiles it
//	                                             ▼                └─► Open ─► Next …: every
//	                                        the same bytes             value, every image byte
//
// Table and File are the building blocks; other packages' tests may use them
// to make records and shards out of literals. The package is for tests only:
// it touches no disk and no network, knows no format by name, and nothing
// outside of tests imports it.
package conformance
