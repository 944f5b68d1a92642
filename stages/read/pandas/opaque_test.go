package pandas

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// rowsWith is a list of two dicts in protocol 0, whose members m are what cell makes.
func rowsWith(cell string) []byte {
	row := func(id string) string { return "(dVid\nI" + id + "\nsVm\n" + cell + "sa" }
	return []byte("(l" + row("1") + row("2") + ".")
}

// opaqueCells are ways in which pickles spell an object of a class that nobody knows.
var opaqueCells = map[string]string{
	"an instance":           "(imine\nThing\n",
	"one with a state":      "(imine\nThing\n(dVa\nI1\nsb",
	"with a state twice":    "(imine\nThing\n(dbNb",
	"a call":                "cmine\nmake\n(I1\nVx\ntR",
	"a call of what a call": "cmine\nmake\n(tR(I1\ntR",
	"a class":               "cmine\nThing\n",
	"a class in a class":    "c__builtin__\ngetattr\n(cmine\nThing\nVInner\ntR",
	"made new":              "ccopy_reg\n_reconstructor\n(cmine\nThing\nc__builtin__\nobject\nNtR",
	"a list of its own":     "ccopy_reg\n_reconstructor\n(cmine\nL\nc__builtin__\nlist\n(lI1\natR",
	"with items":            "(imine\nL\nI1\na(I2\nI3\ne",
	"with pairs":            "(imine\nD\nVk\nI1\ns(Vl\nI2\nu",
	"a partial":             "cfunctools\npartial\n(cmine\nmake\ntR(cmine\nmake\n(t(dNtb",
	"an exception":          "c__builtin__\nValueError\n(Vx\ntR",
	"a tensor":              "ctorch._utils\n_rebuild_tensor_v2\n(Vx\ntR",
}

// TestOpaque: objects of classes that the table does not know are passed over where
// nobody wants them, and refused by name and place where somebody does.
func TestOpaque(t *testing.T) {
	t.Parallel()
	for what, cell := range opaqueCells {
		data := rowsWith(cell)
		res, err := readBytes(t, data, Options{Columns: []string{"id"}})
		if err != nil || res.Table.NumRows() != 2 {
			t.Errorf("%s, not wanted: %v", what, err)
		}
		var bad *CellError
		if _, err := readBytes(t, data, Options{}); !errors.As(err, &bad) || bad.Column != "m" || !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s, all columns: %v", what, err)
		}
		for _, want := range []arrow.DataType{arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, arrow.ListOf(arrow.PrimitiveTypes.Int64)} {
			res, err := readBytes(t, data, Options{Want: map[string]arrow.DataType{"m": want}})
			if err != nil || res.MisfitCount != 2 || what != "a class" && what != "a class in a class" && !strings.Contains(res.Misfits[0].Found, "at byte ") {
				t.Errorf("%s, wanted as %s: %v, %+v", what, want, err, res)
			}
		}
		if res, err := readBytes(t, data, Options{JSON: map[string]bool{"m": true}}); err != nil || res.MisfitCount != 2 {
			t.Errorf("%s, as JSON: %v", what, err)
		}
		if _, err := readBytes(t, []byte(cell+"."), Options{}); !errors.Is(err, pickle.ErrRefusedGlobal) && !errors.Is(err, pickle.ErrForeign) {
			t.Errorf("%s, all there is: %v", what, err)
		}
	}
}

// TestCodeIsRefused: what is made to do harm, and what holds code, is refused wherever
// it stands, and so is what cannot be passed over.
func TestCodeIsRefused(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{
		"cos\nsystem\n(Vid\ntR", "cposix\nsystem\n(Vid\ntR", "csubprocess\nPopen\n(Vid\ntR", "c__builtin__\neval\n(Vx\ntR", "cbuiltins\nexec\n(Vx\ntR",
		"cbuiltins\nprint\n(Vx\ntR", "ctypes\nFunctionType\n(Vx\ntR", "cmarshal\nloads\n(Vx\ntR", "coperator\nattrgetter\n(Vx\ntR", "ccloudpickle.cloudpickle\n_make_function\n(Vx\ntR",
		"cjoblib.numpy_pickle\nNumpyArrayWrapper\n(tR", "cruncode\nx\n(tR.cos\nsystem\n", "c__builtin__\ngetattr\n(c__builtin__\nobject\nVx\ntR", "cfunctools\npartial\n(c__builtin__\nlist\ntR",
	} {
		_, err := readBytes(t, rowsWith(cell), Options{Columns: []string{"id"}})
		if !errors.Is(err, pickle.ErrRefusedGlobal) && !errors.Is(err, pickle.ErrForeign) && !errors.Is(err, pickle.ErrRefusedCall) && !errors.Is(err, pickle.ErrMalformed) {
			t.Errorf("%q: %v", cell, err)
		}
	}
}

// TestInspectWithoutUnreadable: the columns that can be read are described, beside why
// the others cannot.
func TestInspectWithoutUnreadable(t *testing.T) {
	t.Parallel()
	data := rowsWith("(imine\nThing\n")
	info, err := Inspect(t.Context(), Input{Name: "test", At: bytes.NewReader(data), Size: int64(len(data))}, Options{})
	if err != nil || len(info.Columns) != 1 || info.Columns[0].Name != "id" || len(info.Unreadable) != 1 || info.Unreadable[0].Name != "m" || info.Problem == "" {
		t.Errorf("%v, %+v", err, info)
	}
	if n := len(info.Globals); n != 1 || info.Globals[0].Verdict != VerdictOpaque {
		t.Errorf("%+v", info.Globals)
	}
}
