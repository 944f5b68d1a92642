// Command gen writes configs/config.schema.json, the JSON Schema by which
// editors complete and check a configuration. It is made from the types of
// package configs: keys and types by reflection, descriptions from the doc
// comments of the fields, defaults from configs.Default. From the same source it
// writes configs/README.md, the reference for people, and in the same way
// configs/rules.md, the rules with their examples, and
// configs/manifest.schema.json, the schema of an output's manifest.json,
// from the types of package pipeline.
//
// Run it in the repository's root: go run ./configs/gen. It never reads a
// configuration; the loader does not use the schema but checks more than it.
package main

import (
	"fmt"
	"os"
)

func main() {
	for _, err := range []error{
		write(generate, "configs", "configs/config.schema.json"),
		write(generateReference, "configs", "configs/README.md"),
		write(generateRules, "configs", "configs/rules.md"),
		write(generateManifest, "pipeline", "configs/manifest.schema.json"),
	} {
		if err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}

func write(generate func(source string) ([]byte, error), source, target string) error {
	data, err := generate(source)
	if err != nil {
		return fmt.Errorf("generate schema: %w", err)
	}
	if err := os.WriteFile(target, data, 0o644); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	return nil
}
