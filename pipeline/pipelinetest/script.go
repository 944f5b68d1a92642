package pipelinetest

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// ErrDead is what a process that is gone would see.
var ErrDead = errors.New("the process is dead")

// Dying is the script of a process that ends with the operation that last says is its
// last one: from there on nothing happens any more.
func Dying(last func(Op) bool) *Script {
	var dead atomic.Bool
	return &Script{Fail: func(op Op) *Fault {
		if dead.Load() || last(op) {
			dead.Store(true)
			return &Fault{Err: ErrDead}
		}
		return nil
	}}
}

// A Step is a kind of operation, in the words that errors use for it.
type Step string

// The steps of a Store and of a Source.
const (
	StepCreate  Step = "create"
	StepWrite   Step = "write"
	StepSync    Step = "sync"
	StepClose   Step = "close"
	StepOpen    Step = "open"
	StepRead    Step = "read"
	StepPublish Step = "publish"
	StepSame    Step = "compare"
	StepRemove  Step = "remove"
	StepSyncDir Step = "sync folder"
	StepList    Step = "list folder"
	StepSize    Step = "stat"
	StepLock    Step = "lock"
	StepUnlock  Step = "unlock"
	StepFind    Step = "find file"  // Source.Stat
	StepImage   Step = "read image" // Source.ReadFile
	StepTable   Step = "open file"  // Source.Open
	StepGlob    Step = "glob"
)

// Changes says whether a step changes what is on the disk.
func (s Step) Changes() bool {
	switch s {
	case StepCreate, StepWrite, StepSync, StepClose, StepPublish, StepRemove, StepSyncDir, StepLock:
		return true
	}
	return false
}

// An Op is one operation: the N-th of a run, counted from 1.
type Op struct {
	N    int
	Step Step
	Name string // the file, for a publish the new name
}

func (o Op) String() string { return fmt.Sprintf("%d: %s %s", o.N, o.Step, o.Name) }

// When says how far a failing operation gets.
type When int

// An operation that fails can have done nothing, half of its bytes, or all of
// its work: a link over NFS can succeed and report an error.
const (
	Before When = iota
	Half
	After
)

func (w When) String() string { return [...]string{"before", "half", "after"}[w] }

// A Fault is how an operation fails.
type Fault struct {
	Err  error
	When When
}

// A Script counts operations and says which one fails. The zero value fails
// none. It is safe for concurrent use.
type Script struct {
	// Fail is asked about each operation; nil, or a nil Fault, lets it pass.
	Fail func(Op) *Fault
	// Around is told of each operation before and after it is done, e.g. to
	// kill the process there or to change a file underneath.
	Around func(op Op, done bool)

	mu  sync.Mutex
	ops []Op
}

// FailAt returns a script whose n-th operation fails.
func FailAt(n int, f Fault) *Script {
	return &Script{Fail: func(op Op) *Fault {
		if op.N == n {
			return &f
		}
		return nil
	}}
}

// Ops returns the operations so far, in order.
func (s *Script) Ops() []Op {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Op(nil), s.ops...)
}

// do runs an operation; half does half of it where that can be.
func (s *Script) do(step Step, name string, whole func() error, half func()) error {
	s.mu.Lock()
	op := Op{N: len(s.ops) + 1, Step: step, Name: name}
	s.ops = append(s.ops, op)
	s.mu.Unlock()
	if s.Around != nil {
		s.Around(op, false)
	}
	err := s.try(op, whole, half)
	if s.Around != nil {
		s.Around(op, true)
	}
	return err
}

// result runs an operation that has a result.
func result[T any](s *Script, step Step, name string, whole func() (T, error)) (v T, err error) {
	err = s.do(step, name, func() (err error) {
		v, err = whole()
		return err
	}, nil)
	return v, err
}

// opened runs an operation that opens something, which is closed again where it
// was opened and then reported as failed.
func opened[T io.Closer](s *Script, step Step, name string, open func() (T, error)) (f T, err error) {
	whole := false
	f, err = result(s, step, name, func() (f T, err error) {
		f, err = open()
		whole = err == nil
		return f, err
	})
	if err != nil && whole {
		f.Close()
	}
	return f, err
}

// readAt reads under the script; a read that fails in the middle has read half.
func (s *Script) readAt(r io.ReaderAt, name string, p []byte, offset int64) (n int, err error) {
	err = s.do(StepRead, name, func() (err error) {
		n, err = r.ReadAt(p, offset)
		return err
	}, func() { n, _ = r.ReadAt(p[:len(p)/2], offset) })
	return n, err
}

func (s *Script) try(op Op, whole func() error, half func()) error {
	var f *Fault
	if s.Fail != nil {
		f = s.Fail(op)
	}
	if f == nil {
		return whole()
	}
	switch f.When {
	case After:
		if err := whole(); err != nil {
			return err
		}
	case Half:
		if half != nil {
			half()
		}
	}
	err := f.Err
	if err == nil {
		err = io.ErrShortWrite
	}
	return fmt.Errorf("%s %s: %w", op.Step, op.Name, err)
}
