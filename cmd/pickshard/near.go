package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// notOutputError is about a folder that no conversion has written.
type notOutputError struct{ folder, why string }

func (e *notOutputError) Error() string {
	return e.folder + " is not an output of pickshard: " + e.why
}

// isOutput refuses folders that no conversion has begun, and names those near
// that one has.
func isOutput(folder string) error {
	for _, mark := range []string{"manifest.json", ".pickshard"} {
		if _, err := os.Lstat(filepath.Join(folder, mark)); err == nil {
			return nil
		}
	}
	why := "it has no manifest.json"
	if info, err := os.Stat(folder); os.IsNotExist(err) {
		why = "there is no such folder"
	} else if err != nil {
		return err
	} else if !info.IsDir() {
		why = "it is not a folder"
	}
	hint := "give the folder that a `pickshard convert` finished as OUTPUT"
	if near := outputsNear(folder); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return pipeline.WithHint(&notOutputError{folder, why}, "%s", hint)
}

// maxNear is how many folders are named.
const maxNear = 3

// outputsNear looks for outputs above a folder (someone gave out/parquet), in it
// (someone gave the folder of all outputs) and beside it (a slip of the hand).
func outputsNear(folder string) []string {
	var near []string
	above := folder
	for range 3 {
		above = filepath.Join(above, "..")
		if finished(above) {
			near = append(near, above)
		}
	}
	for _, name := range foldersIn(folder) {
		if in := filepath.Join(folder, name); finished(in) {
			near = append(near, in)
		}
	}
	beside := filepath.Dir(filepath.Clean(folder))
	var names []string
	for _, name := range foldersIn(beside) {
		if name != filepath.Base(folder) && finished(filepath.Join(beside, name)) {
			names = append(names, name)
		}
	}
	if name := pipeline.Nearest(filepath.Base(folder), names); name != "" {
		near = append(near, filepath.Join(beside, name))
	}
	return near[:min(len(near), maxNear)]
}

func finished(folder string) bool {
	info, err := os.Stat(filepath.Join(folder, "_SUCCESS"))
	return err == nil && info.Mode().IsRegular()
}

// foldersIn lists folders by name, of a huge folder the first ones.
func foldersIn(folder string) []string {
	f, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer f.Close()                   // opened for reading: nothing can be lost
	entries, err := f.ReadDir(10_000) // in the order in which the file system gives them
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}
