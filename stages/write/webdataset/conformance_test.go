package webdataset_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

func TestConformance(t *testing.T) {
	cases := slices.Concat(conformance.Cases(), conformance.NestedCases(), conformance.ImageListCases(), []conformance.Case{
		{Name: "mixed formats", Table: conformance.MixedFormats()}, {Name: "mixed lists", Table: conformance.MixedLists()},
	})
	(&conformance.Suite{Format: webdataset.With(webdataset.Options{Indexes: webdataset.IndexKinds()}), Cases: cases}).Run(t)
}

// TestMembersOfTheirOwn writes and reads back tables whose fields leave KEY.json.
func TestMembersOfTheirOwn(t *testing.T) {
	asked := map[string]string{"refine_prompt": "txt", "easy_prompt": "text", "E1": "txt", "rank": "cls", "easy_image_1": "img"}
	for _, c := range append(conformance.Cases(),
		conformance.Case{Name: "other types", Table: conformance.EveryOtherType()},
		conformance.Case{Name: "nested", Table: conformance.NullLevels()},
		conformance.Case{Name: "image lists", Table: conformance.MixedLists()}) {
		if c.Large && conformance.Brief() {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			members := make(map[string]string)
			for _, f := range c.Table.Fields {
				switch ext := asked[f.Name]; {
				case ext != "":
					members[f.Name] = ext
				case f.Type.Nested() && !f.Type.Images():
					members[f.Name] = "json"
				case !f.Type.Images() && c.Table.Key == "":
					members[f.Name] = "txt"
				}
			}
			w := &conformance.Writing{Format: webdataset.With(webdataset.Options{Members: members, Indexes: webdataset.IndexKinds()}), Table: c.Table, Shard: c.Table.Shard(c.Order)}
			refused := map[int64]bool{}
			for _, row := range w.Shard.Order.All() {
				_, ok := w.Format.CheckRecord(w.Shard.Records, row)
				refused[row] = !ok
			}
			w.Shard = w.Shard.Without(refused)
			file := w.MustWrite(t, conformance.InOrder)
			if err := w.Compare(file); err != nil {
				t.Error(err)
			}
			if mixed := w.MustWrite(t, conformance.Mixed); !bytes.Equal(mixed.Bytes(), file.Bytes()) {
				t.Error("images in another order give other bytes")
			}
			sizer, size := w.Format.NewSizer(w.Shard.Records, members), int64(1024)
			for _, row := range w.Shard.Order.All() {
				size = sizer.Add(row)
			}
			if size != file.Size() {
				t.Errorf("the sizer says %d, the file has %d bytes", size, file.Size())
			}
		})
	}
}
