package pandas

import (
	"strings"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// writer tells from the globals' spelling which versions wrote a file.
func writer(globals []GlobalUse, d *pickle.Doc) Writer {
	var w Writer
	for _, g := range globals {
		full := g.Module + "." + g.Name
		switch {
		case strings.HasPrefix(g.Module, "numpy._core"):
			w.NumPy = "2.x"
		case strings.HasPrefix(g.Module, "numpy.core") && w.NumPy == "":
			w.NumPy = "1.x"
		}
		switch {
		case full == "pandas.DataFrame" || full == "pandas.Series" || full == "pandas.Index":
			w.Pandas = "3.x"
		case g.Module == "pandas._libs.internals" && w.Pandas == "":
			w.Pandas = "1.4 to 2.3"
		case g.Module == "functools" && w.Pandas == "":
			w.Pandas = "1.3"
		case g.Module == "pandas.core.internals" || g.Module == "pandas.core.index" || strings.HasPrefix(g.Module, "pandas.indexes"):
			w.Pandas = "before 1.0"
		}
		if g.Module == "pathlib._local" {
			w.Python = "3.13"
		}
	}
	if w.Pandas == "" {
		for _, g := range globals {
			if g.Module == "pandas.core.internals.managers" {
				w.Pandas = "0.24 or later"
			}
		}
	}
	if w.Python == "" {
		switch {
		case d.Python2():
			w.Python = "2.x"
		case d.Protocol() >= 3:
			w.Python = "3.x"
		}
	}
	return w
}
