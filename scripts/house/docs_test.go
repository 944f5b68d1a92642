package house

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

// Package comments say what the package is for and what it never does.
func TestPackagesAreDocumented(t *testing.T) {
	t.Parallel()
	type pkg struct{ name, doc, file string }
	docs := make(map[string][]pkg)
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		p := pkg{name: s.file.Name.Name, file: s.name}
		if s.file.Doc != nil {
			p.doc = s.file.Doc.Text()
		}
		docs[s.dir] = append(docs[s.dir], p)
	}
	for dir, all := range docs {
		var documented []pkg
		for _, p := range all {
			if p.doc != "" {
				documented = append(documented, p)
			}
		}
		if len(documented) != 1 {
			t.Errorf("%s: %d files with a package comment, want one", dir, len(documented))
			continue
		}
		p := documented[0]
		begin := "Package " + p.name + " "
		if p.name == "main" {
			begin = "Command " + dir[strings.LastIndex(dir, "/")+1:] + " "
		}
		if !strings.HasPrefix(p.doc, begin) {
			t.Errorf("%s: the package comment must begin with %q", p.file, begin)
		}
		if !strings.Contains(p.doc, "never") && !strings.Contains(p.doc, "no ") && !strings.Contains(p.doc, "not ") && !strings.Contains(p.doc, "nothing") {
			t.Errorf("%s: the package comment must say what the package never does", p.file)
		}
	}
}

// obvious are methods that fulfil an interface everybody knows.
var obvious = map[string]bool{
	"Error": true, "Unwrap": true, "Is": true, "As": true, "String": true, "Close": true, "Read": true, "Write": true,
	"ReadAt": true, "WriteAt": true, "Len": true, "Less": true, "Swap": true, "MarshalJSON": true, "UnmarshalJSON": true,
	"MarshalText": true, "UnmarshalText": true, "Format": true,
}

func TestExportedNamesAreDocumented(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || s.file.Name.Name == "main" {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) && !(d.Recv != nil && obvious[d.Name.Name]) {
					checkDoc(t, s, d.Pos(), d.Name.Name, d.Doc)
				}
			case *ast.GenDecl:
				checkGroup(t, s, d)
			}
		}
	}
}

func checkGroup(t *testing.T, s *source, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() {
				doc := spec.Doc
				if doc == nil && len(d.Specs) == 1 {
					doc = d.Doc
				}
				checkDoc(t, s, spec.Pos(), spec.Name.Name, doc)
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				// A comment on the group, above the name or behind it will do.
				if name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
					t.Errorf("%s:%d: %s has no comment", s.name, s.line(name.Pos()), name.Name)
				}
			}
		}
	}
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	e := f.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

func checkDoc(t *testing.T, s *source, at token.Pos, name string, doc *ast.CommentGroup) {
	text := strings.TrimSpace(doc.Text())
	if text == "" {
		t.Errorf("%s:%d: %s has no comment", s.name, s.line(at), name)
		return
	}
	for _, article := range []string{"", "A ", "An ", "The "} {
		if rest, ok := strings.CutPrefix(text, article+name); ok && (rest == "" || !isLetter(rest[0])) {
			return
		}
	}
	t.Errorf("%s:%d: the comment of %s must begin with its name", s.name, s.line(at), name)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' }
