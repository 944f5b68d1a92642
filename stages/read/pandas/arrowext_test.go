package pandas

import (
	"errors"
	"strings"
	"testing"
)

// extensionColumn is a Series-less pyarrow column of two rows, the second null,
// of pyarrow.lib.NAME(): its storage is one buffer.
func extensionColumn(name, data string) []byte {
	a := asm().op("}").text("c").global("pandas.core.arrays.arrow.array", "ArrowExtensionArray").op(")\x81}").text("_pa_array")
	a.global("pyarrow.lib", "_restore_array").op("(").global("pyarrow.lib", name).op(")RK\x02K\x01K\x00](")
	for _, b := range []string{"\x01", data} {
		a.global("pyarrow.lib", "py_buffer").op("(").bin([]byte(b)).op("tR")
	}
	return a.op("e]Nt\x85Rsbs").done()
}

func TestArrowExtensions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"uuid": "fixed_size_binary[16]", "bool8": "int8"} {
		typ, cells, res := values(t, extensionColumn(name, strings.Repeat("\x01", 32)), Options{})
		if typ.String() != want || len(cells) != 2 || cells[0] == nil || cells[1] != nil {
			t.Errorf("%s: %s %v", name, typ, cells)
		}
		if got, _ := res.Table.Schema().Field(0).Metadata.GetValue("ARROW:extension:name"); got != "arrow."+name {
			t.Errorf("%s: marked as %q", name, got)
		}
	}
}

func TestArrowUnionIsRefusedByName(t *testing.T) {
	t.Parallel()
	_, err := readBytes(t, extensionColumn("union", "x"), Options{})
	if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), `"c"`) || !strings.Contains(err.Error(), "union") {
		t.Error(err)
	}
}
