package pipeline

import "fmt"

// The work folder holds what a run needs until OUTPUT is whole: the plan, the
// files of shards that are built, and one record a shard. It goes when the run
// is complete.
//
//	.pickshard/plan.json
//	.pickshard/lock
//	.pickshard/files/train-00000-of-00042.ATTEMPT.parquet    built or being built; an index is .webdataset.dali
//	.pickshard/shards/train-00000-of-00042.json              put-if-absent: the shard is done, and these are its files
//	.pickshard/report-*.html                                 the page, before any shard has its final name
//	.pickshard/old.json, kept.json, cards.json, new-*.json   of an update alone, see update.go
const (
	workFolder   = ".pickshard"
	planName     = workFolder + "/plan.json"
	filesFolder  = workFolder + "/files"
	shardsFolder = workFolder + "/shards"
	manifestName = "manifest.json"
	successName  = "_SUCCESS"
	quarantine   = "quarantine"

	// ReportName is the page for people. It is made by a conversion, and then the
	// manifest lists it, or later from the shards.
	ReportName = "report.html"
)

func attemptName(shard, attempt, part string) string {
	return fmt.Sprintf("%s/%s.%s.%s", filesFolder, shard, attempt, part)
}

func recordName(shard string) string { return shardsFolder + "/" + shard + ".json" }

// quarantineName is where the records of a split that were left out are written.
func quarantineName(split string) string { return quarantine + "/" + split + ".jsonl" }
