package house

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// An exception lets a file break a rule, for a reason.
type exception struct{ file, what, reason string }

func excepted(list []exception, file, what string) bool {
	for _, e := range list {
		if e.file == file && e.what == what {
			return true
		}
	}
	return false
}

// suite says whether a package that is not a test file is there for tests alone.
func suite(dir string) bool {
	return dir == "stages/write/conformance" || dir == "pipeline/pipelinetest" || dir == "stages/read/internal/readtest"
}

// A call that is forbidden in some folders. Calls are told by the import's path
// and the function's name.
type call struct {
	pkg, name string // name "" is the whole package
	folders   []string
	reason    string
}

var everywhere = []string{"schema", "pipeline", "stages", "configs", "cmd", "scripts"}

var forbidden = []call{
	{"time", "Now", []string{"schema", "pipeline", "stages"}, "no output depends on the clock"},
	{"time", "Since", []string{"schema", "pipeline", "stages"}, "no output depends on the clock"},
	{"math/rand", "", []string{"schema", "pipeline", "stages"}, "no output depends on chance"},
	{"math/rand/v2", "", []string{"schema", "pipeline", "stages"}, "no output depends on chance"},
	{"crypto/rand", "", []string{"schema", "pipeline", "stages"}, "no output depends on chance"},
	{"os", "Hostname", []string{"schema", "pipeline", "stages", "configs"}, "no output depends on the machine"},
	{"os", "Exit", []string{"schema", "pipeline", "stages"}, "only commands end the process"},
	{"os", "Getenv", []string{"schema", "pipeline", "stages", "configs"}, "only commands look at the environment"},
	{"os", "LookupEnv", []string{"schema", "pipeline", "stages", "configs"}, "only commands look at the environment"},
	{"os", "Stdout", []string{"schema", "pipeline", "stages"}, "only commands print"},
	{"os", "Stderr", []string{"schema", "pipeline", "stages"}, "only commands print"},
	{"fmt", "Print", []string{"schema", "pipeline", "stages", "configs"}, "only commands print"},
	{"fmt", "Printf", []string{"schema", "pipeline", "stages", "configs"}, "only commands print"},
	{"fmt", "Println", []string{"schema", "pipeline", "stages", "configs"}, "only commands print"},
	{"log", "", everywhere, "errors are returned, commands print them"},
	{"log/slog", "", []string{"schema", "pipeline", "stages", "configs"}, "errors are returned, commands print them"},
	{"image", "Decode", everywhere, "decoders are called by magic bytes, not through a registry that any import changes"},
	{"image", "DecodeConfig", everywhere, "decoders are called by magic bytes, not through a registry that any import changes"},
	{"image", "RegisterFormat", everywhere, "decoders are called by magic bytes, not through a registry that any import changes"},
	{"unsafe", "", []string{"schema", "cmd", "configs"}, "no need"},
	{"C", "", everywhere, "no cgo"},
	{"github.com/pkg/errors", "", everywhere, "the standard library's errors do"},
}

var callExceptions = []exception{
	{"pipeline/run.go", "crypto/rand", "names of temporary files, so that two attempts at a shard never meet"},
}

func TestForbiddenCalls(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || suite(s.dir) {
			continue
		}
		names := importNames(s)
		for _, f := range forbidden {
			if !within(s.dir, f.folders...) || excepted(callExceptions, s.name, f.pkg) {
				continue
			}
			for _, i := range s.imports {
				if i.path == f.pkg && f.name == "" {
					t.Errorf("%s:%d: import of %s: %s", s.name, i.line, f.pkg, f.reason)
				}
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			for _, f := range forbidden {
				if f.name == sel.Sel.Name && names[x.Name] == f.pkg && within(s.dir, f.folders...) && !excepted(callExceptions, s.name, f.pkg) {
					t.Errorf("%s:%d: %s.%s: %s", s.name, s.line(n.Pos()), f.pkg, f.name, f.reason)
				}
			}
			return true
		})
	}
}

// importNames maps the names a file has for its imports to their paths.
func importNames(s *source) map[string]string {
	names := make(map[string]string)
	for i, spec := range s.file.Imports {
		path := s.imports[i].path
		name := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = path
	}
	return names
}

func TestNoBlankImports(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test {
			continue // a test may ask the registry for a second opinion
		}
		for _, i := range s.imports {
			// embed is for the compiler; it registers nothing.
			if i.blank && i.path != "embed" {
				t.Errorf("%s:%d: blank import of %s: what a program can do must not depend on hidden imports", s.name, i.line, i.path)
			}
		}
	}
}

var panicExceptions = []exception{
	{"schema/bounded.go", "panic", "an allocator of arrow-go returns no error: who decodes recovers it"},
}

var goExceptions = []exception{
	{"cmd/pickshard/exit.go", "go", "waits for the second Ctrl-C until the process ends"},
	{"cmd/pickshard/worker.go", "go", "reads stdin, which may stay open until the process ends"},
}

func TestNoInitPanicOrNakedGo(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || suite(s.dir) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s:%d: func init: register in a list that can be read", s.name, s.line(n.Pos()))
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "panic" && !excepted(panicExceptions, s.name, "panic") {
					t.Errorf("%s:%d: panic: return an error", s.name, s.line(n.Pos()))
				}
			case *ast.GoStmt:
				if !excepted(goExceptions, s.name, "go") {
					t.Errorf("%s:%d: naked go: use an errgroup that the same function waits for", s.name, s.line(n.Pos()))
				}
			}
			return true
		})
	}
}

// Package variables hold tables, sentinels and patterns; nothing writes them
// once the program runs.
func TestGlobalsAreNotWritten(t *testing.T) {
	t.Parallel()
	globals := make(map[string]map[string]bool) // folder: names
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if globals[s.dir] == nil {
						globals[s.dir] = make(map[string]bool)
					}
					globals[s.dir][name.Name] = true
				}
			}
		}
	}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			local := locals(f)
			write := func(e ast.Expr) {
				if name := rootName(e); name != "_" && globals[s.dir][name] && !local[name] {
					t.Errorf("%s:%d: writes the package variable %s", s.name, s.line(e.Pos()), name)
				}
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					if n.Tok != token.DEFINE {
						for _, l := range n.Lhs {
							write(l)
						}
					}
				case *ast.IncDecStmt:
					write(n.X)
				}
				return true
			})
		}
	}
}

// locals gathers the names a function declares anywhere; a global of the same
// name is shadowed then, as far as this rule looks.
func locals(f *ast.FuncDecl) map[string]bool {
	names := make(map[string]bool)
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				names[name.Name] = true
			}
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, l := range n.Lhs {
					names[rootName(l)] = true
				}
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				names[name.Name] = true
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				names[rootName(n.Key)] = true
				names[rootName(n.Value)] = true
			}
		}
		return true
	})
	return names
}

// rootName is the variable that an expression such as a.b[i].c writes into.
func rootName(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}

// emptyWords name a place, not a thing.
var emptyWords = regexp.MustCompile(`(?i)(^|[/_.-])(utils?|helpers?|manager|common|misc|shared|base)([/_.-]|$)`)

func TestNamesSayWhatThingsAre(t *testing.T) {
	t.Parallel()
	for _, name := range files(t) {
		if emptyWords.MatchString(name) && !strings.Contains(name, "testdata/") {
			t.Errorf("%s: say what is in it", name)
		}
	}
}
