package main

import (
	"fmt"
	"path/filepath"
	"slices"

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

// hubReadBytes is what the Hub's viewer reads at most for a page of 100 records
// (dataset-viewer: chart/env/prod.yaml).
const hubReadBytes = 300_000_000

// viewerWarning says what of a plan the Hub's viewer would not show; "" for nothing. What the
// Hub itself does not take is the rule hub.files.
func viewerWarning(p *pipeline.Plan, rowGroup int64) string {
	if rowGroup <= hubReadBytes || !slices.Contains(p.Formats, "parquet") {
		return ""
	}
	return fmt.Sprintf("row groups of up to %s: the Hugging Face viewer reads %s at once; use a smaller output.row_group.bytes", humanBytes(rowGroup), humanBytes(hubReadBytes))
}
