package pandas

import (
	"archive/zip"
	"bytes"
	_ "embed" // the zone database
	"io"
	"sync"
	"time"
)

// zoneinfo is the zone database that Go carries (lib/time/zoneinfo.zip, public
// domain). The name of a zone comes from a stranger's file, and time.LoadLocation
// would look for a file of that name, under $ZONEINFO too; and a table should not
// depend on the rules that the machine has.
//
//go:generate sh -c "cp \"$(go env GOROOT)/lib/time/zoneinfo.zip\" zoneinfo.zip && chmod 644 zoneinfo.zip"
//go:embed zoneinfo.zip
var zoneinfo []byte

// zoneFiles are the zones of the database by name.
var zoneFiles = sync.OnceValues(func() (map[string]*zip.File, error) {
	z, err := zip.NewReader(bytes.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		return nil, err
	}
	files := make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		files[f.Name] = f
	}
	return files, nil
})

// location returns the rules of a zone, nil for one that is not in the database.
// Nothing outside of the process is asked.
func location(name string) (*time.Location, error) {
	files, err := zoneFiles()
	if err != nil {
		return nil, err
	}
	f := files[name]
	if f == nil || f.FileInfo().IsDir() {
		return nil, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return time.LoadLocationFromTZData(name, data)
}
