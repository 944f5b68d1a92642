package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// clusterRun is one conversion by a written plan and workers.
type clusterRun struct {
	config, input, output, plan string
	more                        []string
}

func newClusterRun(t testing.TB, config, input string, more ...string) *clusterRun {
	folder := fastDir(t)
	return &clusterRun{config, input, filepath.Join(folder, "out"), filepath.Join(folder, "plan"), more}
}

func (c *clusterRun) write(t testing.TB) {
	t.Helper()
	o := pickshard(t, append([]string{"plan", c.config, c.input, c.output, "--write", c.plan}, c.more...)...)
	if o.code != 0 {
		t.Fatalf("plan --write: exit code %d\n%s", o.code, o.errOut)
	}
}

// worker is a worker whose shards stdin names.
func (c *clusterRun) worker(ctx context.Context, t testing.TB, shards []string) *exec.Cmd {
	cmd := commandContext(ctx, t, "worker", "--plan", c.plan, c.input, c.output, "--workers", "1")
	cmd.Stdin = strings.NewReader(strings.Join(shards, "\n"))
	return cmd
}

// missing are the shards that are not built.
func (c *clusterRun) missing(t testing.TB) []string {
	t.Helper()
	o := pickshard(t, "finalize", "--plan", c.plan, c.output, "--missing")
	if names := strings.Fields(o.out); (o.code == 1) == (len(names) > 0) {
		return names
	}
	t.Fatalf("finalize --missing: exit code %d\n%s%s", o.code, o.out, o.errOut)
	return nil
}

// whole is what convert makes.
func (c *clusterRun) whole(t testing.TB) map[string]string {
	t.Helper()
	output := filepath.Join(fastDir(t), "whole")
	mustPickshard(t, append([]string{"convert", c.config, c.input, output}, c.more...)...)
	return tree(t, output)
}

// TestClusterSameBytes: a plan that is written, workers and finalize make what convert
// makes, byte for byte.
func TestClusterSameBytes(t *testing.T) {
	demo := demoInput(t)
	broken := filepath.Join(fastDir(t), "broken")
	if err := os.CopyFS(broken, os.DirFS(demo)); err != nil {
		t.Fatal(err)
	}
	damage(t, broken)
	input, wide := newWide(40).lay(t, fastDir(t))
	all := []string{"--format", "parquet,arrow,webdataset,mds,litdata", "--index", "dali,wids"}
	for _, run := range []struct {
		name, config, input string
		more                []string
		code                int
	}{
		{"plain", "pick-high", demo, append([]string{"--shard-rows", "5"}, all...), 0},
		{"shuffled", "pick-high", demo, append([]string{"--shard-rows", "5", "--shuffle", "7"}, all...), 0},
		{"pairs", "pick-high-pairs", demo, []string{"--shards", "3"}, 0},
		{"sampled", "pick-high", demo, []string{"--sample", "4", "--shard-rows", "3"}, 0},
		{"skipped", "pick-high", broken, append([]string{"--shard-rows", "5", "--on-error", "skip"}, all...), 3},
		{"quarantined", "pick-high", broken, append([]string{"--shard-rows", "5", "--on-error", "quarantine", "--shuffle", "3"}, all...), 3},
		{"wide", wide, input, nil, 0},
		{"wide, sampled", wide, input, []string{"--sample", "9"}, 0},
		{"wide, limited", wide, input, []string{"--limit", "7"}, 0},
		{"wide, quarantined", wide, input, []string{"--on-error", "quarantine", "--shuffle", "9"}, 0},
	} {
		t.Run(run.name, func(t *testing.T) {
			t.Parallel()
			whole := filepath.Join(fastDir(t), "whole")
			if o := pickshard(t, append([]string{"convert", run.config, run.input, whole}, run.more...)...); o.code != run.code {
				t.Fatalf("convert: exit code %d\n%s", o.code, o.errOut)
			}
			c := newClusterRun(t, run.config, run.input, run.more...)
			c.write(t)
			shards := c.missing(t)
			for part := range slices.Chunk(shards, len(shards)/2+1) {
				if o := runCommand(t, c.worker(t.Context(), t, part)); o.code != 0 || strings.Count(o.out, "\n") != len(part) {
					t.Fatalf("worker: exit code %d\n%s%s", o.code, o.out, o.errOut)
				}
			}
			if o := pickshard(t, "finalize", "--plan", c.plan, c.output); o.code != run.code {
				t.Fatalf("finalize: exit code %d\n%s", o.code, o.errOut)
			}
			equalFiles(t, run.name, tree(t, c.output), tree(t, whole))
		})
	}
}

// damage breaks images of a copy of the demo: one is missing, one empty, one cut short, one
// without its end.
func damage(t testing.TB, input string) {
	t.Helper()
	var images []string
	err := filepath.WalkDir(input, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".png", ".jpg", ".webp"}, filepath.Ext(name)) {
			images = append(images, name)
		}
		return err
	})
	if err != nil || len(images) < 40 {
		t.Fatal(err, len(images))
	}
	info, err := os.Stat(images[20])
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.Remove(images[3]), os.Truncate(images[10], 0), os.Truncate(images[20], info.Size()/2), os.Truncate(images[30], info.Size()/3)} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPlanIsReadOnly: workers and who publishes need a plan to read alone.
func TestPlanIsReadOnly(t *testing.T) {
	needsRoot(t)
	input := demoInput(t)
	c := newClusterRun(t, "pick-high", input, "--shard-rows", "6")
	c.write(t)
	c.plan = mount(t, "-o", "bind,ro", c.plan)
	if o := runCommand(t, c.worker(t.Context(), t, c.missing(t))); o.code != 0 {
		t.Errorf("worker: exit code %d\n%s", o.code, o.errOut)
	}
	if o := pickshard(t, "finalize", "--plan", c.plan, c.output); o.code != 0 {
		t.Errorf("finalize: exit code %d\n%s", o.code, o.errOut)
	}
	equalFiles(t, "read-only plan", tree(t, c.output), c.whole(t))
	empty := mount(t, "-t", "tmpfs", "-o", "ro", "tmpfs")
	o := pickshard(t, "plan", "pick-high", input, filepath.Join(fastDir(t), "out"), "--write", filepath.Join(empty, "plan"))
	if o.code != 1 || strings.Count(o.errOut, "error:") != 1 || !strings.Contains(o.errOut, "read-only file system") {
		t.Errorf("plan --write to a read-only file system: exit code %d: %s", o.code, o.errOut)
	}
}

// TestWorkerFindsDiskFull: that is worth another try, and the same worker goes on once
// there is room.
func TestWorkerFindsDiskFull(t *testing.T) {
	needsRoot(t)
	input := demoInput(t)
	c := newClusterRun(t, "pick-high", input, "--shard-rows", "6")
	folder := mount(t, "-t", "tmpfs", "-o", "size=1m", "tmpfs")
	c.output = filepath.Join(folder, "out")
	c.write(t)
	shards := c.missing(t)
	if o := runCommand(t, c.worker(t.Context(), t, shards)); o.code != 75 || !strings.Contains(o.errOut, "no space left on device") {
		t.Errorf("worker: exit code %d: %s", o.code, o.errOut)
	}
	if len(c.missing(t)) == 0 {
		t.Error("all shards are there: nothing was tried")
	}
	if out, err := exec.Command("mount", "-o", "remount,size=64m", folder).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v: %s", err, out)
	}
	if o := runCommand(t, c.worker(t.Context(), t, shards)); o.code != 0 {
		t.Errorf("worker: exit code %d: %s", o.code, o.errOut)
	}
	if o := pickshard(t, "finalize", "--plan", c.plan, c.output); o.code != 0 {
		t.Errorf("finalize: exit code %d: %s", o.code, o.errOut)
	}
	equalFiles(t, "after a full disk", tree(t, c.output), c.whole(t))
}

// TestWorkerLacksFiles: too few files that may be open are worth another try, whatever the
// worker was about, and a worker that may open more goes on.
func TestWorkerLacksFiles(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("how few files are too few for Go itself is Linux' number")
	}
	t.Parallel()
	c := newClusterRun(t, "pick-high", demoInput(t), "--shard-rows", "6")
	c.write(t)
	shards := strings.Join(c.missing(t), "\n")
	lacking, files := 0, 9 // with fewer, Go's runtime itself does not start
	for ; files < 64; files += pace(3) {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$@"`, files), "sh", program(t), "worker", "--plan", c.plan, c.input, c.output, "--workers", "2")
		cmd.Stdin = strings.NewReader(shards)
		o := runCommand(t, cmd)
		if o.code == 0 {
			break
		}
		if lacking++; o.code != 75 || !strings.Contains(o.errOut, "too many open files") || !strings.Contains(o.errOut, "hint: too few files may be open at once") {
			t.Errorf("with %d files: exit code %d: %s", files, o.code, o.errOut)
		}
	}
	if lacking == 0 || files >= 64 {
		t.Errorf("%d tries lacked files, the last with %d", lacking, files)
	}
	if o := pickshard(t, "finalize", "--plan", c.plan, c.output); o.code != 0 {
		t.Errorf("finalize: exit code %d: %s", o.code, o.errOut)
	}
	equalFiles(t, "after too few files", tree(t, c.output), c.whole(t))
}

// TestClusterKilled lets three workers that know nothing of each other build the same
// shards, kills them at random moments, and starts others until all shards are there.
func TestClusterKilled(t *testing.T) {
	input := demoInput(t)
	args := []string{"--shard-rows", "3", "--format", "parquet,webdataset"}
	whole := filepath.Join(fastDir(t), "whole")
	began := time.Now()
	mustPickshard(t, append([]string{"convert", "pick-high", input, whole}, args...)...)
	took, want := time.Since(began), tree(t, whole)
	rounds := 4
	if thorough() {
		rounds = 200
	}
	chance := rand.New(rand.NewPCG(uint64(rounds), 11))
	kills, again := 0, 0
	for round := 0; round < rounds && !t.Failed(); round++ {
		c := newClusterRun(t, "pick-high", input, args...)
		c.write(t)
		for {
			shards := c.missing(t)
			if len(shards) == 0 {
				break
			}
			again++
			var group sync.WaitGroup
			for range 3 {
				mine := slices.Clone(shards)
				chance.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
				cmd, wait := c.worker(t.Context(), t, mine), time.Duration(chance.Int64N(int64(took)))
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				group.Go(func() {
					timer := time.AfterFunc(wait, func() { _ = cmd.Process.Kill() })
					_ = cmd.Wait() // killed, or done
					timer.Stop()
				})
			}
			group.Wait()
			kills += 3
		}
		for range 2 { // doing it again changes nothing
			if o := pickshard(t, "finalize", "--plan", c.plan, c.output); o.code != 0 {
				t.Fatalf("finalize: exit code %d\n%s", o.code, o.errOut)
			}
			equalFiles(t, "killed workers", tree(t, c.output), want)
		}
	}
	t.Logf("%d rounds, %d workers killed or done, in %d turns", rounds, kills, again)
}
