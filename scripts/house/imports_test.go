package house

import (
	"strings"
	"testing"
)

// maySee says whether a package (not its tests) may import another of this
// module: schema ← pipeline ← stages/* ← stages ← configs ← configs/draft ← cmd, and a
// stage sees no other stage.
func maySee(from, to string) bool {
	switch {
	case strings.HasPrefix(to, from+"/internal/"):
		return true
	case from == "schema":
		return false
	case from == "pipeline":
		return to == "schema"
	case from == "pipeline/compare": // a room of the pipeline's that looks at outputs alone
		return within(to, "schema", "pipeline")
	case from == "pipeline/pipelinetest": // faulty ground for tests
		return within(to, "schema", "pipeline")
	case within(from, "stages/read") && within(to, "stages/read/internal"), // what several readers have alike
		within(from, "stages/read") && !within(from, "stages/read/internal/packed") && to == "stages/read": // one interface, one conversion
		return true
	case within(from, "stages/write") && within(to, "stages/write/internal"): // what several formats have alike
		return true
	case within(from, "stages/source") && within(to, "stages/source/internal"):
		return true
	case strings.HasPrefix(from, "stages/"):
		return to == "schema" || to == "pipeline"
	case from == "stages":
		return within(to, "schema", "pipeline", "stages")
	case from == "configs":
		return within(to, "schema", "pipeline", "stages")
	case from == "configs/draft": // a config is loaded and planned before it is printed
		return within(to, "schema", "pipeline", "stages", "configs")
	case from == "configs/gen":
		return within(to, "schema", "pipeline", "stages", "configs")
	case within(from, "cmd"):
		return !within(to, "scripts")
	case within(from, "scripts"):
		return !within(to, "cmd")
	}
	return false
}

// testsMaySee says what tests may import beside what their package may.
func testsMaySee(from, to string) bool {
	return maySee(from, to) || to == from || strings.HasPrefix(to, from+"/") ||
		within(to, "schema", "pipeline") && from != "schema" ||
		to == "stages/write/conformance" && within(from, "stages") ||
		from == "stages/read/pandas" && to == "stages/read/pickle" // its example, as users write it
}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, i := range s.imports {
			to, ours := strings.CutPrefix(i.path, module+"/")
			if !ours {
				continue
			}
			if ok := maySee(s.dir, to) || s.test && testsMaySee(s.dir, to); !ok {
				t.Errorf("%s:%d: %s must not import %s", s.name, i.line, s.dir, to)
			}
		}
	}
}

// An outsider is a module, or a package of one, that is not ours. What it is
// good for is said once, here, with the folders that may use it.
type outsider struct {
	path    string // a package and all under it
	folders []string
	tests   bool // tests of any package may use it
	reason  string
}

var outsiders = []outsider{
	{path: "github.com/apache/arrow-go/v18/arrow/ipc", folders: []string{"stages/write/arrow", "stages/write/parquet", "stages/read/arrow", "stages/read/parquet", "stages/planned", "cmd", "scripts/judges"}, tests: true, reason: "the file format; the Arrow schema in a Parquet file; cat --arrow; the rows of a written plan; what judges compare with"},
	{path: "github.com/apache/arrow-go/v18/arrow/flight", reason: "drags in gRPC"},
	{path: "github.com/apache/arrow-go/v18/arrow/bitutil", folders: []string{"stages"}, reason: "validity bitmaps"},
	{path: "github.com/apache/arrow-go/v18/arrow/decimal128", folders: []string{"stages"}, reason: "values of columns"},
	{path: "github.com/apache/arrow-go/v18/arrow/decimal256", folders: []string{"stages"}, reason: "values of columns"},
	{path: "github.com/apache/arrow-go/v18/arrow/float16", folders: []string{"schema", "stages"}, reason: "values of columns"},
	{path: "github.com/apache/arrow-go/v18/arrow", folders: []string{"schema", "pipeline", "stages", "configs/draft", "cmd", "scripts/judges"}, tests: true, reason: "the common currency: columns in memory"},
	{path: "github.com/google/flatbuffers", folders: []string{"stages/write/arrow", "stages/read/internal/messages", "stages/planned"}, reason: "metadata of the file format"},
	{path: "github.com/parquet-go/parquet-go", folders: []string{"stages/write/parquet", "stages/read/parquet"}, tests: true, reason: "the file format"},
	{path: "github.com/andybalholm/brotli", folders: []string{"stages/read/parquet"}, reason: "pages of Parquet that are compressed with it"},
	{path: "github.com/pierrec/lz4/v4", folders: []string{"stages/read/parquet"}, reason: "pages of Parquet that are compressed with it"},
	{path: "github.com/klauspost/compress", folders: []string{"stages"}, reason: "snappy and zstd"},
	{path: "github.com/ulikunitz/xz", folders: []string{"stages/read/internal/packed", "stages/source/archive"}, tests: true, reason: "records that pandas compressed with xz, members of zips by LZMA"},
	{path: "github.com/zeebo/xxh3", folders: []string{"pipeline", "stages/validate"}, reason: "digests of names, texts and images, to find those that are there twice"},
	{path: "golang.org/x/image", folders: []string{"stages/validate", "stages/report"}, reason: "pixels of WebP images: whether they can be decoded, and thumbnails"},
	{path: "golang.org/x/text/unicode/norm", folders: []string{"stages/source", "stages/validate", "configs/draft"}, reason: "names and texts whose accents are composed in different ways"},
	{path: "golang.org/x/sync", folders: []string{"pipeline", "stages", "cmd"}, reason: "errgroup and semaphore"},
	{path: "golang.org/x/sys", folders: []string{"pipeline", "stages/source/folder", "stages/store/folder", "cmd"}, reason: "system calls of the file systems, and files that are seen as memory"},
	{path: "github.com/gofrs/flock", folders: []string{"stages/store/folder"}, reason: "one process an output folder"},
	{path: "go.yaml.in/yaml/v4", folders: []string{"configs"}, tests: true, reason: "the configuration's syntax; cards that tests read"},
	{path: "github.com/google/jsonschema-go", folders: []string{"configs/gen"}, reason: "the configuration's JSON Schema"},
	{path: "github.com/spf13/cobra", folders: []string{"cmd"}, reason: "commands, help and completion"},
	{path: "github.com/spf13/pflag", folders: []string{"cmd"}, reason: "flags"},
	{path: "golang.org/x/term", folders: []string{"cmd"}, reason: "whether a terminal listens, and how wide it is"},
	{path: "github.com/google/go-cmp", tests: true, reason: "differences in tests"},
	{path: "github.com/rogpeppe/go-internal", tests: true, reason: "scripts that test commands"},
	{path: "golang.org/x/tools/txtar", tests: true, reason: "golden files"},
	{path: "go.uber.org/goleak", tests: true, reason: "goroutines that were left behind"},
	{path: "github.com/nlpodyssey/gopickle", tests: true, reason: "a second opinion on pickles"},
	{path: "github.com/kisielk/og-rek", tests: true, reason: "a second opinion on pickles"},
}

func TestOutsidersStayInTheirPlace(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, i := range s.imports {
			host, _, _ := strings.Cut(i.path, "/")
			if !strings.Contains(host, ".") || strings.HasPrefix(i.path, module) {
				continue
			}
			if why := misplaced(s, i.path); why != "" {
				t.Errorf("%s:%d: %s: %s", s.name, i.line, i.path, why)
			}
		}
	}
}

func misplaced(s *source, path string) string {
	for _, o := range outsiders {
		if !within(path, o.path) {
			continue
		}
		if s.test && o.tests || within(s.dir, o.folders...) || suite(s.dir) && o.tests {
			return ""
		}
		return "is for " + o.reason + ", in " + strings.Join(o.folders, ", ")
	}
	return "a new dependency needs a line in scripts/house/imports_test.go that says what it is for"
}

// schema and pipeline are a library that others build on: they stay light.
func TestCoreStaysLight(t *testing.T) {
	t.Parallel()
	light := []string{
		"golang.org/x/sync", "golang.org/x/sys", "github.com/gofrs/flock", "github.com/zeebo/xxh3",
		"github.com/apache/arrow-go/v18/arrow", "github.com/apache/arrow-go/v18/arrow/array", "github.com/apache/arrow-go/v18/arrow/memory", "github.com/apache/arrow-go/v18/arrow/float16",
	}
	for _, s := range sources(t) {
		if s.test || !within(s.dir, "schema", "pipeline") {
			continue
		}
		for _, i := range s.imports {
			host, _, _ := strings.Cut(i.path, "/")
			ok := !strings.Contains(host, ".") || strings.HasPrefix(i.path, module) || within(i.path, light[:4]...)
			for _, l := range light {
				ok = ok || i.path == l
			}
			if !ok {
				t.Errorf("%s:%d: %s must not import %s", s.name, i.line, s.dir, i.path)
			}
		}
	}
}
