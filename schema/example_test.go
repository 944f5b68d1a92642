package schema_test

import (
	"fmt"
	"log"

	"github.com/pickshard/pickshard/schema"
)

// A schema, and how Hugging Face sees it.
func Example() {
	score, err := schema.ParseType("float64")
	if err != nil {
		log.Fatal(err)
	}
	s, err := schema.New([]schema.Field{
		{Name: "image", Type: schema.Type{Kind: schema.Image}},
		{Name: "score", Type: score, Nullable: true},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(s.Features()))
	// Output: {"image":{"_type":"Image"},"score":{"dtype":"float64","_type":"Value"}}
}
