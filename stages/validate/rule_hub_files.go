package validate

import (
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Limits of the Hugging Face Hub (its documentation, "Storage limits"): files in one
// folder, files in a repository, and the size of a file.
const (
	hubFolder   = 10_000
	hubFiles    = 100_000
	hubFileSize = 200_000_000_000
)

// HubFiles looks for an output that the Hugging Face Hub does not take, or not well.
func HubFiles() Kind {
	return Kind{
		About: pipeline.About{
			ID: "hub.files", Of: pipeline.UnitFiles, Whole: true,
			Means:  "the Hugging Face Hub refuses the upload after hours, or serves it slowly",
			Advice: "choose larger shards (--shard-size, --shards) for fewer files, smaller ones for smaller files",
		},
		Severity: pipeline.SeverityWarn, Always: true,
		Make: func(_ *Params, _ *schema.Schema, r *pipeline.Rule) error {
			r.Shards = hubFilesOf
			return nil
		},
	}
}

func hubFilesOf(p *pipeline.Plan, f *pipeline.Finder) {
	for _, format := range p.Formats {
		files, faults := hubFaults(p, format)
		f.Checked(int64(files))
		for _, what := range faults {
			whole(f, "", what)
		}
	}
}

// hubFaults says how many files a format has, and what of them the Hub does not take.
func hubFaults(p *pipeline.Plan, format string) (files int, faults []string) {
	large := 0
	for _, s := range p.Splits {
		files += len(s.Shards)
		for _, sh := range s.Shards {
			if sh.Bounds[format] > hubFileSize {
				large++
			}
		}
		if format == "arrow" && len(s.Shards) > hubFolder { // its splits have folders of their own
			faults = append(faults, fmt.Sprintf("%s: split %s has %s files, a folder holds %s", format, s.Name, count(len(s.Shards)), count(hubFolder)))
		}
	}
	switch {
	case format != "arrow" && files > hubFolder:
		faults = append(faults, fmt.Sprintf("%s: %s files in one folder, which holds %s", format, count(files), count(hubFolder)))
	case files > hubFiles:
		faults = append(faults, fmt.Sprintf("%s: %s files, a repository holds %s", format, count(files), count(hubFiles)))
	}
	if large > 0 {
		faults = append(faults, fmt.Sprintf("%s: %s files are larger than 200 GB", format, count(large)))
	}
	return files, faults
}
