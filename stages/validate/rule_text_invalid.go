package validate

import (
	"context"
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// TextInvalid looks for texts with control characters or the replacement character.
func TextInvalid() Kind {
	return Kind{
		About: pipeline.About{
			ID: "text.invalid", Of: pipeline.UnitValues,
			Means:  "signs that no tokenizer was trained on: what is left where text was read in a wrong encoding, or cut",
			Advice: "read the source in its real encoding, and write the text again",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: hasTexts,
		Example: Example{
			Fields: "{prompt: {type: string}}",
			Good:   []string{`{"prompt": "a cat"}`},
			Bad:    []string{`{"prompt": "caf\ufffd"}`},
		},
		Make: func(_ *Params, s *schema.Schema, r *pipeline.Rule) error {
			r.Columns = func(ctx context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				return eachTextField(ctx, rec, f, invalid)
			}
			return nil
		},
	}
}

func invalid(s string) (what, detail string) {
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == 0:
			return "a NUL", "there is a NUL in the text"
		case b < ' ' && b != '\t' && b != '\n' && b != '\r' || b == 0x7f:
			return "a control character", fmt.Sprintf("there is the control character %#02x in the text", b)
		case b == 0xef && strings.HasPrefix(s[i:], "\ufffd"):
			return "a replacement character", "there is U+FFFD in the text, which stands for what could not be read"
		}
	}
	return "", ""
}
