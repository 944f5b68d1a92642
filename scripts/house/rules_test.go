package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// The rules are checked themselves: one that never fails checks nothing.

func TestRuleOfImports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to    string
		code, tests bool
	}{
		{"schema", "pipeline", false, false},
		{"pipeline", "schema", true, true},
		{"pipeline", "stages/join", false, false},
		{"pipeline", "configs", false, false},
		{"stages/join", "pipeline", true, true},
		{"stages/join", "stages/validate", false, false},
		{"stages/join", "stages", false, false},
		{"stages/source/archive", "stages/source/folder", false, false},
		{"stages/source/archive", "stages/source/internal/near", true, true},
		{"stages/join", "stages/source/internal/near", false, false},
		{"stages/read/pandas", "stages/read/internal/pickle", true, true},
		{"stages/read/internal/pickle", "stages/read/pandas", false, false},
		{"stages/read/pickle", "stages/read/internal/pickle", true, true},
		{"stages/write/arrow", "stages/write/internal/card", true, true},
		{"stages/write/arrow", "stages/write/parquet", false, false},
		{"stages/write/arrow", "stages/write/conformance", false, true},
		{"stages/write/internal/card", "stages/write/arrow", false, false},
		{"stages", "stages/write/arrow", true, true},
		{"stages", "configs", false, false},
		{"configs", "stages", true, true},
		{"configs", "cmd/pickshard", false, false},
		{"cmd/pickshard", "configs", true, true},
		{"cmd/pickshard", "scripts/house", false, false},
	} {
		if got := maySee(c.from, c.to); got != c.code {
			t.Errorf("%s → %s: %v", c.from, c.to, got)
		}
		if got := testsMaySee(c.from, c.to); got != c.tests {
			t.Errorf("tests of %s → %s: %v", c.from, c.to, got)
		}
	}
}

func TestRuleOfOutsiders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dir, path string
		test, ok  bool
	}{
		{"stages/write/arrow", "github.com/apache/arrow-go/v18/arrow/ipc", false, true},
		{"stages/write/webdataset", "github.com/apache/arrow-go/v18/arrow/ipc", false, false},
		{"stages/write/parquet", "github.com/apache/arrow-go/v18/arrow/ipc", true, true},
		{"stages/write/parquet", "github.com/apache/arrow-go/v18/arrow/array", false, true},
		{"stages/read/pandas", "github.com/apache/arrow-go/v18/arrow/flight", true, false},
		{"configs", "github.com/spf13/cobra", false, false},
		{"pipeline", "github.com/google/go-cmp/cmp", false, false},
		{"pipeline", "github.com/google/go-cmp/cmp", true, true},
		{"cmd/pickshard", "example.com/new/thing", true, false},
	} {
		if why := misplaced(&source{dir: c.dir, test: c.test}, c.path); (why == "") != c.ok {
			t.Errorf("%s in %s: %q", c.path, c.dir, why)
		}
	}
}

func TestRuleOfWords(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]bool{
		"stages/util/x.go": true, "pipeline/helpers.go": true, "stages/write/parquet_utils.go": true, "cmd/shard_manager.go": true,
		"pipeline/utility.go": false, "stages/utilise.go": false, "schema/database.go": false,
	} {
		if emptyWords.MatchString(name) != bad {
			t.Errorf("%s: %v", name, !bad)
		}
	}
	for text, bad := range map[string]bool{
		"see /" + "work/main/x": true, `"/` + `root/go"`: true, "/" + "home/ann/data": true, "at /" + "Users/x": true,
		"https://example.org/work/x": false, "cmd/root/x": false, "$HOME/work/x": false, "../work/x": false, "a / work / b": false,
	} {
		if machines.MatchString(text) != bad {
			t.Errorf("%s: %v", text, !bad)
		}
	}
}

func TestRuleOfGlobals(t *testing.T) {
	t.Parallel()
	const text = `package p
func f(a int) { b := 1; var c int; for d := range 3 { _ = d }; b = a; g.x[1] = c; (*h)++ }`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := file.Decls[0].(*ast.FuncDecl)
	for _, name := range []string{"a", "b", "c", "d"} {
		if !locals(f)[name] {
			t.Errorf("%s is not seen to be local", name)
		}
	}
	var written []string
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN {
				written = append(written, rootName(n.Lhs[0]))
			}
		case *ast.IncDecStmt:
			written = append(written, rootName(n.X))
		}
		return true
	})
	if len(written) != 4 || written[2] != "g" || written[3] != "h" {
		t.Error(written)
	}
}
