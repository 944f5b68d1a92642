package main

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/pickle"
)

// hintFor says what to do next about an error, empty where that is plain.
func hintFor(err error) string {
	var hinted *pipeline.Hinted
	var broken *pipeline.ViolationsError
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "too few files may be open at once: `ulimit -n 1024` raises it; then run the same command again"
	case errors.As(err, &hinted):
		return hinted.Hint
	case errors.As(err, &broken) && broken.Advice != "":
		return broken.Advice
	case errors.As(err, &broken):
		return "fix the input and run the same command again, or leave such records out: --on-error skip, or quarantine to have them written down"
	case errors.As(err, new(*pipeline.StoreError)):
		return outputHint(err)
	case errors.Is(err, syscall.ENOSPC):
		return "make room there, and run the same command again"
	}
	return recordsHint(err)
}

// outputHint is for what the system does not let us do in OUTPUT.
func outputHint(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room, and run the same command again; shards that are built are kept"
	case errors.Is(err, syscall.EROFS):
		return "choose an OUTPUT on a disk that can be written"
	case errors.Is(err, fs.ErrPermission):
		return "you need the right to read and write there (`ls -ld` shows who has it), or choose another OUTPUT"
	case errors.Is(err, syscall.EFBIG):
		return "this disk or `ulimit -f` allows no larger file: give a smaller --shard-size"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP):
		return "OUTPUT must be a folder, or a name that is free in one"
	}
	return ""
}

// recordsHint is for files of records that cannot be read.
func recordsHint(err error) string {
	var limit *pickle.LimitError
	switch {
	case errors.Is(err, read.ErrNoColumn):
		return "`pickshard inspect` lists a file's columns; `from:` and `file:` in the config name them"
	case errors.Is(err, pickle.ErrTruncated), errors.Is(err, read.ErrTruncated):
		return "it is shorter than when it was written: copy or download it again"
	case errors.Is(err, pickle.ErrNotPickle), errors.Is(err, pickle.ErrMalformed):
		return "is it a pickle at all, and whole? pandas' to_pickle writes one; if it was downloaded, download it again"
	case errors.Is(err, pickle.ErrRefusedGlobal), errors.Is(err, pickle.ErrRefusedOpcode), errors.Is(err, pickle.ErrRefusedCall):
		return "`pickshard inspect` lists all that a pickle names; have its owner write a plain DataFrame with to_pickle"
	case errors.As(err, &limit) && limit.Bound == pickle.BoundMemory:
		return "the columns of a split must fit the memory: convert on a machine with more, or raise limits.pickle_output in the config if there is room"
	case errors.Is(err, pickle.ErrLimit):
		return "no ordinary table goes beyond this: if the file is yours, write it once more as a plain DataFrame with to_pickle"
	case errors.Is(err, read.ErrLimit):
		return "no ordinary table goes beyond this: if the file is yours, write it again, in smaller parts"
	case errors.Is(err, read.ErrMalformed):
		return "fix the file there; if it was downloaded, download it again"
	case errors.Is(err, read.ErrUnsupported), errors.Is(err, read.ErrMixed):
		return "a column that nobody asks for need not be readable: `pickshard inspect` lists the others, `pickshard cat --columns` prints those that it names"
	case errors.Is(err, read.ErrNotTable):
		return "`pickshard inspect` shows more of what it is"
	}
	return ""
}
