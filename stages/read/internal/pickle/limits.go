package pickle

import (
	"math"

	"github.com/pickshard/pickshard/stages/read/internal/hostmemory"
)

// Limits bounds what one file may cost. The zero value of a field means its
// default; a limit cannot be switched off, only raised. Each limit has an own
// error, see [LimitError].
type Limits struct {
	// Stack is the number of values on the machine's stack (default 2 Mi).
	// CPython writes lists in batches of 1,000; only a tuple or a frozenset
	// needs its whole length on the stack.
	Stack int
	// Marks is the depth of open MARKs (default 4,096).
	Marks int
	// Nesting is how deep lists, tuples and dicts of one cell may lie inside
	// each other when they are walked (default 64). A list that holds itself
	// ends here too.
	Nesting int
	// Memo is the number of memo entries (default 512 Mi, bounded by the file's
	// size anyway: an entry takes at least one byte of opcode).
	Memo int64
	// IntBytes is the size of one integer (default 1,024 bytes; text form: 4,300
	// digits, as CPython's own limit).
	IntBytes int
	// LineBytes is the length of one text line other than of a string (default
	// 64 KiB): names, numbers and memo keys of protocol 0.
	LineBytes int
	// WorkBase and WorkRatio bound the memory of the value graph and of text that
	// is copied, beside the bytes of strings that stand in the file: WorkBase +
	// WorkRatio × input bytes (defaults 32 MiB and 16), and at most Output.
	WorkBase  int64
	WorkRatio int64
	// OutputBase and OutputRatio bound what is made of the values, because two
	// bytes of BINGET can repeat anything, a large string as well as a type, a
	// name or an index: OutputBase + OutputRatio × input bytes (defaults 64 MiB
	// and 128). It is one budget: cells, names, types and levels of an index are
	// all paid from it, before they are made.
	//
	// Output is the absolute bound on the memory of columns, of all files of a
	// split together (default: half of the machine's memory, or of what its
	// container may have). Text that stays in a mapped file is none of it.
	OutputBase  int64
	OutputRatio int64
	Output      int64
	// ExpandBase and ExpandRatio bound what decompression may yield:
	// ExpandBase + ExpandRatio × compressed bytes (defaults 32 MiB and 100).
	ExpandBase  int64
	ExpandRatio int64
}

// WithDefaults returns l with every zero field set to its default.
func (l Limits) WithDefaults() Limits {
	setInt := func(p *int, d int) {
		if *p <= 0 {
			*p = d
		}
	}
	set64 := func(p *int64, d int64) {
		if *p <= 0 {
			*p = d
		}
	}
	setInt(&l.Stack, 2<<20)
	setInt(&l.Marks, 4096)
	setInt(&l.Nesting, 64)
	set64(&l.Memo, 512<<20)
	setInt(&l.IntBytes, 1024)
	setInt(&l.LineBytes, 64<<10)
	set64(&l.WorkBase, 32<<20)
	set64(&l.WorkRatio, 16)
	set64(&l.OutputBase, 64<<20)
	set64(&l.OutputRatio, 128)
	if l.Output <= 0 {
		l.Output = hostmemory.Half()
	}
	set64(&l.ExpandBase, 32<<20)
	set64(&l.ExpandRatio, 100)
	return l
}

// work is how much memory the value graph of so many bytes of input may take.
func (l *Limits) work(size int64) int64 {
	return min(bound(l.WorkBase, l.WorkRatio, size), l.Output)
}

// bound is base + ratio × size, or the largest number there is.
func bound(base, ratio, size int64) int64 {
	if size > (math.MaxInt64-base)/ratio {
		return math.MaxInt64
	}
	return base + ratio*size
}

// mostGlobals bounds the different globals of a file: pickled tables name some
// dozens, and the memo can pair any names.
const mostGlobals = 4096
