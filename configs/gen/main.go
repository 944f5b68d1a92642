// Command gen writes configs/config.schema.json, the JSON Schema by which
// editors complete and check a configuration. It is made from the types of
// package configs: keys and types by reflection, descriptions from the doc
// comments of the fields, defaults from configs.Default.
//
// Run it in the repository's root: go run ./configs/gen. It never reads a
// configuration; the loader does not use the schema but checks more than it.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := write("configs", "configs/config.schema.json"); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(source, target string) error {
	data, err := generate(source)
	if err != nil {
		return fmt.Errorf("generate schema: %w", err)
	}
	if err := os.WriteFile(target, data, 0o644); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	return nil
}
