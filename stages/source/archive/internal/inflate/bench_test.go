package inflate

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"

	fast "github.com/klauspost/compress/flate"
)

func BenchmarkDecode(b *testing.B) {
	for name, data := range texts() {
		if len(data) < 2 {
			continue
		}
		packed := deflate(b, data, 6)
		b.Run(name+"/ours", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			var d Decoder
			out := make([]byte, len(data))
			for b.Loop() {
				if err := d.Reset(bytes.NewReader(packed), 0); err != nil {
					b.Fatal(err)
				}
				for pos, stop := 0, Block; stop != End; {
					var err error
					if pos, stop, err = d.Decode(out, 0, pos); err != nil || stop == Full {
						b.Fatal(err)
					}
				}
			}
		})
		for which, r := range map[string]io.ReadCloser{"stdlib": flate.NewReader(nil), "klauspost": fast.NewReader(nil)} {
			b.Run(name+"/"+which, func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				out := make([]byte, len(data))
				for b.Loop() {
					if err := r.(flate.Resetter).Reset(bytes.NewReader(packed), nil); err != nil {
						b.Fatal(err)
					}
					if _, err := io.ReadFull(r, out); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
