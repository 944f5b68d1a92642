package read

import (
	"encoding/json"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// HuggingFace is the key of the metadata in which Hugging Face's library says what the
// columns of a file are.
const HuggingFace = "huggingface"

// ClassNames are the names of the classes that Hugging Face's metadata tell, by column.
func ClassNames(metadata string) map[string][]string {
	var told struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	if json.Unmarshal([]byte(metadata), &told) != nil {
		return nil
	}
	names := make(map[string][]string)
	for column, feature := range told.Info.Features {
		var label struct {
			Type  string   `json:"_type"`
			Names []string `json:"names"`
		}
		if json.Unmarshal(feature, &label) == nil && label.Type == "ClassLabel" && len(label.Names) <= schema.MaxTypeParts {
			names[column] = label.Names
		}
	}
	return names
}

// categories are the names of a column that was a category of pandas, in its order.
func categories(f arrow.Field) []string {
	var names []string
	if text, ok := f.Metadata.GetValue("pandas.categories"); ok && f.Type.ID() == arrow.STRING {
		_ = json.Unmarshal([]byte(text), &names) // we wrote it; without it they are sorted
	}
	return names
}

// openClass says whether a class is wanted whose names the records tell.
func openClass(t schema.Type) bool { return t.Kind == schema.Class && len(t.Names) == 0 }
