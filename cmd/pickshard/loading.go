package main

import (
	"fmt"
	"path/filepath"

	"github.com/pickshard/pickshard/pipeline"
)

// loader is how consumers of a format load it, or a split of it.
func loader(format, folder, split string) string {
	switch format {
	case "parquet":
		return fmt.Sprintf("datasets.load_dataset(%q)", folder)
	case "arrow":
		return fmt.Sprintf("datasets.load_from_disk(%q)", folder)
	case "webdataset":
		return fmt.Sprintf("webdataset.WebDataset(sorted(glob.glob(%q)), shardshuffle=False)", folder+"/data/"+split+"-*.tar")
	case "mds":
		return fmt.Sprintf("streaming.StreamingDataset(local=%q, split=%q, batch_size=1)", folder, split)
	case "litdata":
		return fmt.Sprintf("litdata.StreamingDataset(%q)", folder+"/"+split)
	}
	return ""
}

// indexed is how consumers load a format that has an index of theirs.
func indexed(m *pipeline.Manifest, format, folder string) []string {
	if format != "webdataset" {
		return nil
	}
	var loaders []string
	if name := "index/" + m.Splits[0].Name + ".json"; m.Has(format + "/" + name) {
		loaders = append(loaders, fmt.Sprintf("wids.ShardListDataset(%q)", folder+"/"+name))
	}
	if m.Has(format + "/.nv-meta/.info.json") {
		loaders = append(loaders, fmt.Sprintf("megatron.energon.get_train_dataset(%q, ...)", folder))
	}
	return loaders
}

// loading tells how the formats of an output are loaded and uploaded.
func (d *display) loading(m *pipeline.Manifest, output string) {
	if len(m.Splits) == 0 {
		return
	}
	hub := ""
	for _, format := range m.Formats {
		folder := filepath.ToSlash(filepath.Join(output, format))
		if code := loader(format, folder, m.Splits[0].Name); code != "" {
			d.say("load: %s", code)
		}
		for _, code := range indexed(m, format, folder) {
			d.say("load: %s", code)
		}
		if hub == "" && (format == "parquet" || format == "webdataset") {
			hub = folder
		}
	}
	if hub != "" {
		d.say("upload: hf upload YOUR_NAME/%s %s . --repo-type dataset", m.Name, hub)
	}
}

// What the Hub takes (hub-docs: storage-limits.md), and what its viewer reads at most
// for a page of 100 records (dataset-viewer: chart/env/prod.yaml).
const (
	hubFolderFiles = 10_000
	hubFileBytes   = 200_000_000_000
	hubReadBytes   = 300_000_000
)

// hubWarnings says what of a plan the Hub would not take.
func hubWarnings(p *pipeline.Plan, rowGroup int64) []string {
	var warnings []string
	if n := p.Shards(); n > hubFolderFiles {
		warnings = append(warnings, fmt.Sprintf("%s: the Hugging Face Hub takes %s in a folder; use a larger --shard-size", plural(int64(n), "file"), humanCount(hubFolderFiles)))
	}
	for _, format := range p.Formats {
		largest := int64(0)
		for _, s := range p.Splits {
			for _, sh := range s.Shards {
				largest = max(largest, sh.Bounds[format])
			}
		}
		if largest > hubFileBytes {
			warnings = append(warnings, fmt.Sprintf("%s files of up to %s: the Hugging Face Hub takes %s; use a smaller --shard-size", format, humanBytes(largest), humanBytes(hubFileBytes)))
		}
		if format == "parquet" && rowGroup > hubReadBytes {
			warnings = append(warnings, fmt.Sprintf("row groups of up to %s: the Hugging Face viewer reads %s at once; use a smaller output.row_group.bytes", humanBytes(rowGroup), humanBytes(hubReadBytes)))
		}
	}
	return warnings
}
