package packed

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const oneFile = "an archive must hold exactly one file of records"

// mostZipStream bounds a zip archive that comes as a stream: its directory is at
// the end, so it is held in memory.
const mostZipStream = 64 << 20

// openZip opens the one file of a zip archive.
func openZip(s Source, limits Limits) (io.Reader, error) {
	if s.At == nil {
		data, err := io.ReadAll(io.LimitReader(s.Stream, mostZipStream+1))
		if err != nil {
			return nil, fmt.Errorf("read zip: %w", err)
		}
		if len(data) > mostZipStream {
			return nil, &LimitError{Max: mostZipStream, Detail: "a zip archive from a stream; name the file instead"}
		}
		s = Source{At: bytes.NewReader(data), Size: int64(len(data))}
	}
	z, err := zip.NewReader(s.At, s.Size)
	if err != nil {
		return nil, fmt.Errorf("open zip: %w", err)
	}
	var only *zip.File
	files := 0
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if what := foreignMember(f.Name); what != "" {
			return nil, &MembersError{What: what, Hint: "it holds arrays or tensors; write the table itself with DataFrame.to_pickle"}
		}
		only, files = f, files+1
	}
	if files != 1 {
		return nil, &MembersError{What: fmt.Sprintf("zip archive of %d files", files), Hint: oneFile}
	}
	if only.Flags&1 != 0 {
		return nil, &MembersError{What: "zip archive with a password", Hint: "unpack it first"}
	}
	r, err := only.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s in zip: %w", memberName(only.Name), err)
	}
	in := &counter{n: int64(min(only.CompressedSize64, uint64(s.Size)))}
	return &expander{r: r, kind: "zip", packed: in, limits: limits}, nil
}

// foreignMember knows PyTorch files and npz archives by their members.
func foreignMember(name string) string {
	switch {
	case strings.HasSuffix(name, "/data.pkl"), strings.HasSuffix(name, "/byteorder"), strings.HasSuffix(name, "constants.pkl"):
		return "PyTorch file"
	case strings.HasSuffix(name, ".npy"):
		return "NumPy .npz archive"
	}
	return ""
}

// openTar opens the one file of a tar archive. That there is no second one is
// known only at its end, where reading it fails.
func openTar(r io.Reader) (io.Reader, error) {
	t := tar.NewReader(r)
	if err := nextFile(t); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &MembersError{What: "tar archive of 0 files", Hint: oneFile}
		}
		return nil, fmt.Errorf("open tar: %w", truncated(err))
	}
	return &onlyMember{t: t}, nil
}

// nextFile moves to the next regular file.
func nextFile(t *tar.Reader) error {
	for {
		h, err := t.Next()
		if err != nil {
			return err
		}
		if isSparse(h) {
			return &MembersError{What: "tar archive with the sparse member " + memberName(h.Name),
				Hint: "its holes may claim any size; write the archive without --sparse, or unpack it first"}
		}
		switch h.Typeflag {
		case tar.TypeReg:
			return nil
		case tar.TypeDir, tar.TypeXGlobalHeader:
		default:
			return fmt.Errorf("member %s is not a regular file", memberName(h.Name))
		}
	}
}

// isSparse tells whether a member has holes: bytes that are not in the archive. GNU
// tar has a type for it, and since 1.14 attributes of PAX.
func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// memberName is the name of a member, quoted and short enough for a message.
func memberName(name string) string {
	const most = 200
	if len(name) > most {
		name = name[:most] + "..."
	}
	return strconv.Quote(name)
}

// onlyMember reads a member and makes sure that none follows.
type onlyMember struct {
	t    *tar.Reader
	done bool
}

func (m *onlyMember) Read(b []byte) (int, error) {
	if m.done {
		return 0, io.EOF
	}
	n, err := m.t.Read(b)
	if n > 0 || err == nil || !errors.Is(err, io.EOF) {
		if err != nil && !errors.Is(err, io.EOF) {
			return n, fmt.Errorf("read tar: %w", truncated(err))
		}
		return n, nil
	}
	m.done = true
	switch err := nextFile(m.t); {
	case err == nil:
		return 0, &MembersError{What: "tar archive of several files", Hint: oneFile}
	case !errors.Is(err, io.EOF):
		return 0, fmt.Errorf("read tar: %w", truncated(err))
	}
	return 0, io.EOF
}
