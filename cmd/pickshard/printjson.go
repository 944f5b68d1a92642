package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// printJSON prints a value as JSON that people can read too.
func printJSON(out io.Writer, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", data)
	return err
}
