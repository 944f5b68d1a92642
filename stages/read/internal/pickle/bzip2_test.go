package pickle

import (
	"encoding/hex"
	"testing"
)

// Go reads bzip2 but does not write it, so these are from Python's bz2: [small]
// and a tar archive of it.
const (
	bzip2Hex = "425a68393141592653591f2fb22f000009d7607c008041000800023a00400406002000222680311e9a8534c8c4c4c4c2d368" +
		"a012638e82723d24fc5dc914e142407cbec8bc"
	tarBzip2Hex = "425a683931415926535990dc6aa800007b5fe0fec0c0417d800008000a7a0c5e4040040600080820007421119001a0036a01" +
		"e841294d00003400006883ed26148204ce80882f65c6573c2fa02168a15e78d8db1a670cbde0152004092209b5bab096b288" +
		"b6562843bbf2e336a9ef71c0df083044403f17724538509090dc6aa8"
)

func TestUnpackBzip2(t *testing.T) {
	t.Parallel()
	for kind, packed := range map[string]string{"bzip2": bzip2Hex, "tar+bzip2": tarBzip2Hex} {
		data, err := hex.DecodeString(packed)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []Input{inputOf(data), streamOf(data)} {
			out, got, err := Unpack(in, Limits{})
			if err != nil || got != kind {
				t.Errorf("%s: unpacked as %q, %v", kind, got, err)
				continue
			}
			if d, err := Decode(t.Context(), out, Limits{}, nil); err != nil || dump(d) != `[1, 2, "abc"]` {
				t.Errorf("%s: %v", kind, err)
			}
		}
		// Cut anywhere it is an error, never a shorter table.
		for n := range len(data) - 1 {
			if out, _, err := Unpack(inputOf(data[:n]), Limits{}); err == nil {
				if d, err := Decode(t.Context(), out, Limits{}, nil); err == nil && dump(d) != `[1, 2, "abc"]` {
					t.Errorf("%s cut at %d: %s", kind, n, dump(d))
				}
			}
		}
	}
}
