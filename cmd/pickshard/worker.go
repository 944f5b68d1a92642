package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/planned"
)

// Exit codes of a worker, which engines read.
const (
	exitData  = 65 // EX_DATAERR: another try gives the same
	exitRetry = 75 // EX_TEMPFAIL
)

// workerFlags are those of worker.
type workerFlags struct {
	plan    string
	shards  []string
	perTask int
	tied    bool
	workers int
	memory  string
	noSync  bool
}

func newWorker(io *streams) *cobra.Command {
	f := &workerFlags{}
	cmd := &cobra.Command{
		Use:   "worker --plan PLAN INPUT OUTPUT",
		Short: "Build shards of a plan that was written; any engine may start it, anywhere",
		Long: `Worker builds shards of the plan that "pickshard plan --write PLAN" wrote. INPUT and
OUTPUT are what the plan was written with, as this machine sees them.

Which shards: those of --shard (names such as train-00003-of-00042, or numbers from 0
over all splits); else, with --per-task K, the K shards of this task of an array, whose
index one of these variables has: SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX,
PBS_ARRAY_INDEX, AWS_BATCH_JOB_ARRAY_INDEX (from 0), LSB_JOBINDEX (from 1); else those
that stdin names, one a line.

It prints one line of JSON a shard, once the shard is recorded in OUTPUT; a shard that is
recorded already is told and passed over. Any number of workers may run at the same time,
at the same shards too. On Linux a worker ends with the process that started it; with
--tied it also ends when stdin does. When all shards are built: "pickshard finalize".

Exit codes: 0 all shards given are recorded; 75 worth another try, such as a full or
failing disk; 65 the data is bad, another try gives the same: records broke rules, or
INPUT changed since the plan; 2 usage, or the plan is another version's; others a crash.`,
		Example: `  pickshard plan pick-high ./data ./shards --write ./plan
  pickshard worker --plan ./plan ./data ./shards --shard train-00000-of-00042
  pickshard finalize --plan ./plan ./shards --missing | xargs -P 4 -n 1 pickshard worker --plan ./plan ./data ./shards --shard
  pickshard worker --plan ./plan ./data ./shards --per-task 4`,
		Args: args("INPUT", "OUTPUT"),
		RunE: func(cmd *cobra.Command, a []string) error {
			if f.plan == "" {
				return usageError{errors.New("--plan is missing")}
			}
			return f.work(cmd, io, a[0], a[1])
		},
		ValidArgsFunction: completeFolders(2),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.plan, "plan", "", "the folder that the plan was written to")
	flags.StringSliceVar(&f.shards, "shard", nil, "build the shards of these `names` or numbers")
	flags.IntVar(&f.perTask, "per-task", 0, "build the next so many shards for each task of an array")
	flags.BoolVar(&f.tied, "tied", false, "end when stdin does: whoever holds its other end is gone")
	flags.IntVar(&f.workers, "workers", 0, "shards that are built at the same time; 0 is as many as there are CPUs")
	flags.StringVar(&f.memory, "memory", "", "image bytes held in memory at the same time, e.g. 64MiB")
	flags.BoolVar(&f.noSync, "no-sync", false, "leave it to the system when files become durable: a power cut may lose them")
	return cmd
}

func (f *workerFlags) work(cmd *cobra.Command, io *streams, input, output string) (err error) {
	if err := dieWithParent(); err != nil {
		return err
	}
	sharing := configs.Sharing{Workers: f.workers, Sync: !f.noSync}
	if f.memory != "" {
		size, err := configs.ParseSize(f.memory)
		if err != nil || size <= 0 {
			return usageError{fmt.Errorf("--memory %s: give a size such as 64MiB", f.memory)}
		}
		sharing.Memory = int64(size)
	}
	if f.workers < 0 || f.perTask < 0 {
		return usageError{errors.New("--workers and --per-task cannot be negative")}
	}
	if f.tied && len(f.shards) == 0 && f.perTask == 0 {
		return usageError{errors.New("--tied goes with --shard or --per-task: else stdin names the shards")}
	}
	job, err := openPlan(f.plan, input, output, sharing)
	if err != nil {
		return workerError(err)
	}
	defer func() { err = joinClose(err, job.Close) }()
	ctx, stop := context.WithCancelCause(cmd.Context())
	defer stop(nil)
	ids, asked, err := f.ids(ctx, io, job.Shards())
	if err != nil {
		return err
	}
	if f.tied {
		go func() {
			_, err := io.in.Read(make([]byte, 1))
			for err == nil {
				_, err = io.in.Read(make([]byte, 1))
			}
			stop(errTied)
		}()
	}
	err = job.Build(ctx, ids, func(d pipeline.ShardDone) error { return printDone(io, d) })
	if errors.Is(err, errTied) {
		err = pipeline.WithHint(errTied, "what is built is kept: start the worker again")
	}
	return cmp.Or(workerError(err), asked())
}

// errTied ends a worker whose stdin has ended.
var errTied = errors.New("stdin has ended")

// openPlan opens a plan for worker and finalize.
func openPlan(plan, input, output string, s configs.Sharing) (*configs.PlannedJob, error) {
	job, err := configs.OpenPlan(plan, input, output, s, configs.Running{Tool: version})
	if errors.As(err, new(*planned.VersionError)) || errors.As(err, new(configs.Errors)) || errors.As(err, new(*configs.InputError)) && !mayPass(err) {
		err = usageError{err}
	}
	return job, err
}

// mayPass says whether a folder cannot be opened for a reason that may be gone the next
// time: what it is called, and who may see it, is none.
func mayPass(err error) bool {
	return errors.As(err, new(syscall.Errno)) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.ENOTDIR)
}

// doneLine is what a worker prints of a shard.
type doneLine struct {
	Shard   string `json:"shard"`
	State   string `json:"state"` // "built", or "there": an attempt before has
	Rows    int64  `json:"rows"`
	Dropped int64  `json:"dropped"`
	Bytes   int64  `json:"bytes"`
}

func printDone(io *streams, d pipeline.ShardDone) error {
	state := "built"
	if d.There {
		state = "there"
	}
	line, err := json.Marshal(doneLine{Shard: d.Shard, State: state, Rows: d.Rows, Dropped: d.Dropped, Bytes: d.Bytes})
	if err == nil {
		_, err = io.out.Write(append(line, '\n'))
	}
	return err
}

// codedError is an error whose exit code engines read.
type codedError struct {
	error
	code int
}

func (e codedError) Unwrap() error { return e.error }

// workerError gives what went wrong its exit code: one that is worth another try comes
// before one that is not.
func workerError(err error) error {
	if err == nil {
		return nil
	}
	code := 0
	for _, one := range shardErrors(err) {
		switch {
		case errors.As(one, new(*pipeline.ViolationsError)), errors.As(one, new(*pipeline.InputChangedError)):
			code = max(code, exitData)
		case errors.Is(one, pipeline.ErrSourceChanged), errors.As(one, new(*pipeline.StoreError)), errors.As(one, new(*pipeline.NoRoomError)),
			errors.As(one, new(*configs.InputError)), errors.As(one, new(*fs.PathError)), errors.As(one, new(syscall.Errno)):
			code = max(code, exitRetry)
		}
	}
	if code == 0 {
		return err
	}
	return codedError{err, code}
}

func shardErrors(err error) []error {
	if e, ok := errors.AsType[*pipeline.ShardsError](err); ok {
		return e.Errs
	}
	return []error{err}
}

// ids gives the shards that are asked for. asked tells, at the end, what was wrong with
// those that stdin has named.
func (f *workerFlags) ids(ctx context.Context, io *streams, splits []planned.HeaderSplit) (ids <-chan pipeline.ShardID, asked func() error, err error) {
	none := func() error { return nil }
	var list []pipeline.ShardID
	switch {
	case len(f.shards) > 0 && f.perTask > 0:
		return nil, nil, usageError{errors.New("--shard and --per-task both say which shards: give one")}
	case len(f.shards) > 0:
		for _, text := range f.shards {
			id, err := shardID(splits, text)
			if err != nil {
				return nil, nil, usageError{err}
			}
			list = append(list, id)
		}
	case f.perTask > 0:
		if list, err = taskShards(splits, f.perTask); err != nil {
			return nil, nil, usageError{err}
		}
	default:
		return f.fromStdin(ctx, io, splits)
	}
	out := make(chan pipeline.ShardID, len(list))
	for _, id := range list {
		out <- id
	}
	close(out)
	return out, none, nil
}

// fromStdin reads shards one a line, as they come.
func (f *workerFlags) fromStdin(ctx context.Context, io *streams, splits []planned.HeaderSplit) (<-chan pipeline.ShardID, func() error, error) {
	if file, ok := io.in.(*os.File); ok && isTerminal(file) {
		return nil, nil, usageError{pipeline.WithHint(errors.New("which shards?"), "give --shard, --per-task within an array, or names on stdin, one a line")}
	}
	out := make(chan pipeline.ShardID)
	var failed error
	finished := make(chan struct{})
	go func() {
		defer close(out)
		defer close(finished)
		lines := bufio.NewScanner(io.in)
		n := 0
		for lines.Scan() {
			text := strings.TrimSpace(lines.Text())
			if text == "" {
				continue
			}
			n++
			id, err := shardID(splits, text)
			if err != nil {
				failed = cmp.Or(failed, error(usageError{err}))
				continue
			}
			select {
			case out <- id:
			case <-ctx.Done():
				return
			}
		}
		failed = cmp.Or(failed, lines.Err())
		if n == 0 && failed == nil {
			failed = noIDs()
		}
	}()
	return out, func() error {
		select {
		case <-finished:
			return failed
		default:
			return nil // something else has ended the work
		}
	}, nil
}

// noIDs is the error of a worker that was told no shard, where an array may have meant to.
func noIDs() error {
	for _, v := range arrayVariables {
		if os.Getenv(v.name) != "" {
			return usageError{pipeline.WithHint(errors.New("stdin names no shard"), "%s is set: give --per-task 1 to build this task's", v.name)}
		}
	}
	return nil
}

func countShards(splits []planned.HeaderSplit) int {
	n := 0
	for i := range splits {
		n += splits[i].Shards
	}
	return n
}

// placeOf finds the n-th shard over all splits.
func placeOf(splits []planned.HeaderSplit, n int) pipeline.ShardID {
	for i := range splits {
		if n < splits[i].Shards {
			return pipeline.ShardID{Split: i, Index: n}
		}
		n -= splits[i].Shards
	}
	return pipeline.ShardID{Split: -1}
}

// numberOf is the number of a shard over all splits, for placeOf.
func numberOf(splits []planned.HeaderSplit, id pipeline.ShardID) int {
	n := id.Index
	for i := range id.Split {
		n += splits[i].Shards
	}
	return n
}

// shardID understands the name or the number of a shard.
func shardID(splits []planned.HeaderSplit, text string) (pipeline.ShardID, error) {
	total := countShards(splits)
	if n, err := strconv.Atoi(text); err == nil {
		if n < 0 || n >= total {
			return pipeline.ShardID{}, pipeline.WithHint(fmt.Errorf("there is no shard %d: the plan has %d", n, total), "they are counted from 0 over all splits")
		}
		return placeOf(splits, n), nil
	}
	for i := range splits {
		s := &splits[i]
		rest, ok := strings.CutPrefix(text, s.Name+"-")
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, "-of-")
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < s.Shards && pipeline.ShardName(s.Name, n, s.Shards) == text {
			return pipeline.ShardID{Split: i, Index: n}, nil
		}
	}
	example := ""
	if total > 0 {
		p := placeOf(splits, 0)
		example = pipeline.ShardName(splits[p.Split].Name, p.Index, splits[p.Split].Shards)
	}
	return pipeline.ShardID{}, pipeline.WithHint(fmt.Errorf("the plan has no shard %s", pipeline.Printable(text)), "its shards are named like %s; `pickshard finalize --plan PLAN OUTPUT --missing` prints those that are not built", example)
}
