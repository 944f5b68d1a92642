package validate

import "github.com/pickshard/pickshard/pipeline"

// imageOf is the image that a ref stands for.
func imageOf(splits []*pipeline.Records, r pipeline.ImageRef) (rec *pipeline.Records, row int64, item int, field string) {
	rec = splits[r.Split()]
	row, item = rec.Images[r.Field()].At(r.Place())
	return rec, row, item, rec.Schema.Field(r.Field()).Name
}
