package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"fmt"
	"runtime"
	"testing"
)

// BenchmarkList lists a million members, here and by archive/zip, and says what memory
// each keeps of a member.
func BenchmarkList(b *testing.B) {
	const n = 1_000_000
	var all []testMember
	for i := range n {
		all = append(all, testMember{name: fmt.Sprintf("%032x.png", i*7919)})
	}
	zipped := zipOf(b, all, func(int) uint16 { return zip.Store })
	tarred := tarOf(b, all, tar.FormatGNU)
	kept := func(b *testing.B, list func() any) {
		var before, after runtime.MemStats
		for b.Loop() {
			b.StopTimer()
			runtime.GC()
			runtime.ReadMemStats(&before)
			b.StartTimer()
			x := list()
			b.StopTimer()
			runtime.GC()
			runtime.ReadMemStats(&after)
			runtime.KeepAlive(x)
			b.StartTimer()
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "kept-B/member")
		b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n, "allocs/member")
	}
	for name, data := range map[string][]byte{"zip": zipped, "tar": tarred} {
		b.Run(name, func(b *testing.B) {
			kept(b, func() any {
				c, err := readContents(b.Context(), bytes.NewReader(data), int64(len(data)), newSegments())
				if err != nil {
					b.Fatal(err)
				}
				return c
			})
		})
	}
	b.Run("archive-zip", func(b *testing.B) {
		kept(b, func() any {
			r, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
			if err != nil {
				b.Fatal(err)
			}
			return r
		})
	})
}
