package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// configDocs reads the comments of a config's structs: those of package configs, whose
// folder is given, and of what rules take.
func configDocs(source string) (map[string]string, error) {
	docs, err := fieldDocs(source)
	if err != nil {
		return nil, err
	}
	more, err := fieldDocs(filepath.Join(source, "..", "stages", "validate"))
	maps.Copy(docs, more)
	return docs, err
}

// fieldDocs reads the doc comments of all struct fields in the Go files of a
// folder: "Type.Field" to the comment on one line.
func fieldDocs(folder string) (map[string]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	docs := make(map[string]string)
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, e.Name()), nil, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("parse source: %w", err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					for _, name := range field.Names {
						docs[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(cmp.Or(field.Doc.Text(), field.Comment.Text())), " ")
					}
				}
			}
			return false
		})
	}
	return docs, nil
}
