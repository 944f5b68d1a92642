package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// A Builder builds shards: it needs a plan and the input, and knows nothing of
// other shards or of committing. It is safe for concurrent use.
type Builder struct {
	Plan    *Plan // its shards are not asked for: a Task is one
	PlanID  string
	Checker Checker
	Store   Store
	Budget  *Budget
	// Spec says what happens to a record whose image turns out to be broken.
	Spec *Spec
	// Workers is how many shards are filled at once, over all calls of Build;
	// syncing a filled shard to the disk does not count.
	Workers int
	// Readers is how many images of a shard are in hand at most.
	Readers  int
	Progress *Progress

	combiner *Combiner
	room     *semaphore.Weighted // of Workers
	filling  atomic.Int64        // shards that are being filled
	images   []*Rule             // rules over one image
	samples  bool                // there are rules over samples
	over     overruns
}

// Init prepares what all shards share; call it once before Build.
func (b *Builder) Init() {
	b.combiner = NewCombiner()
	b.room = semaphore.NewWeighted(int64(b.Workers))
	for i := range b.Spec.Rules {
		if r := &b.Spec.Rules[i]; r.Severity != SeverityOff {
			b.samples = b.samples || r.Sample != nil
			if r.Image != nil {
				b.images = append(b.images, r)
			}
		}
	}
}

// A ShardRecord says that a shard is built: put-if-absent, it is the one point
// at which the shard is done. It names the files, which do not have their final
// names yet.
type ShardRecord struct {
	Plan  string `json:"plan"` // the plan's ID
	Shard string `json:"shard"`
	Split string `json:"split"`
	Index int    `json:"index"`
	// Source is a digest over name, size and time of the images as read: a
	// later run uses the shard only if they are still the same.
	Source string      `json:"source"`
	Built  ShardResult `json:"built"`
	// Attempts gives, by format, the file's name in the work folder; an index is told
	// from its shard's file by its kind: "webdataset.dali".
	Attempts map[string]string `json:"attempts"`
}

// ShardResult is what the manifest tells of a shard.
type ShardResult struct {
	Rows       int64  `json:"rows"`
	FirstKey   string `json:"first_key,omitempty"`
	LastKey    string `json:"last_key,omitempty"`
	ArrowBytes int64  `json:"arrow_bytes"`
	// Records and Contents are digests of what the shard holds, whatever its
	// number: of its records, and of its images' bytes (see content.go).
	Records  string      `json:"records_sha256"`
	Contents string      `json:"images_sha256"`
	Images   []ImageStat `json:"images,omitempty"`
	Dropped  []Violation `json:"dropped,omitempty"`
	// Found is what rules have found in the images.
	Found ShardFindings `json:"rules,omitzero"`
	Files []ShardFile   `json:"files"`
}

// ImageStat summarises a shard's images of one field and format.
type ImageStat struct {
	Field  string `json:"field"`
	Format string `json:"format"`
	Count  int64  `json:"count"`
	// Items is, of a list of images, up to which place in it there are any, from 1.
	Items     int   `json:"items,omitempty"`
	Bytes     int64 `json:"bytes"`
	MinWidth  int   `json:"min_width"`
	MaxWidth  int   `json:"max_width"`
	MinHeight int   `json:"min_height"`
	MaxHeight int   `json:"max_height"`
}

// ShardFile is one file of a shard.
type ShardFile struct {
	Format string `json:"format"`
	// Index is the kind of index that the file is, empty for the shard itself.
	Index  string `json:"index,omitempty"`
	Path   string `json:"path"` // relative to OUTPUT
	Bytes  int64  `json:"bytes"`
	CRC32C string `json:"crc32c"` // 8 hexadecimal digits, as rhash --crc32c prints them
}

// maxAttempts bounds how often a shard is begun again without records whose
// images are broken. One pass finds all of them, so a second fault means that
// the input does not answer the same twice.
const maxAttempts = 3

// Build writes a shard's files of these formats, in one pass over its images, under
// names of this attempt, and makes their bytes durable. When it fails, nothing
// of the attempt is left. Records that break a rule whose severity is to leave them
// out are: the shard is then laid out again without them. Those that break one that
// fails are a ViolationsError, as are more than a rule tolerates.
func (b *Builder) Build(ctx context.Context, task *Task, formats []Format, attempt string) (*ShardRecord, error) {
	sh := task.Shard
	name := ShardName(sh.Split, sh.Index, sh.Total)
	var dropped []Violation
	var first ShardFindings // of the attempt that looked at all records
	for n := range maxAttempts {
		t := &attemptRun{Builder: b, task: task, shard: sh, formats: formats, times: task.Times, name: name, attempt: attempt, findings: newPassFindings(b.Spec, sh)}
		found, err := t.run(ctx)
		if err == nil && n == 0 {
			first = t.findings.findings(t.counted.Load())
			if err := b.over.add(b, task.ID.Split, &first); err != nil {
				return nil, errors.Join(err, t.discard())
			}
		}
		if err == nil && len(found) == 0 {
			return t.record(dropped, first), nil
		}
		if err = errors.Join(err, t.discard()); err != nil {
			return nil, fmt.Errorf("build shard %s: %w", name, err)
		}
		sortViolations(found, []string{sh.Split})
		if slices.ContainsFunc(found, func(v Violation) bool { return b.Spec.severity(&v) == SeverityFail }) {
			return nil, listed(found, t.findings.stops())
		}
		dropped = append(dropped, found...)
		sh = sh.Without(droppedRows(found))
	}
	return nil, fmt.Errorf("build shard %s: images break again in each of %d passes: %w", name, maxAttempts, ErrSourceChanged)
}

// droppedRows returns the rows that violations name.
func droppedRows(dropped []Violation) map[int64]bool {
	rows := make(map[int64]bool, len(dropped))
	for _, v := range dropped {
		rows[v.Row] = true
	}
	return rows
}

// attemptRun is one pass over a shard.
type attemptRun struct {
	*Builder
	task          *Task // nil in a check
	shard         *Shard
	formats       []Format
	times         []Numbers
	name, attempt string

	files   []StoreFile
	canvas  []*Canvas
	writers []ShardWriter
	result  ShardResult
	sums    imageSums

	checkOnly atomic.Bool // a record is broken: look at the rest, write no more
	findings  *passFindings
	split     int
	contents  []Contents   // of a check
	viewer    Viewer       // of a check, may be nil
	counted   atomic.Int64 // images that were read
	read      []bool       // of assets, where there are rules over samples: it was read
	mu        sync.Mutex
	stats     map[statKey]*ImageStat
	undone    struct{ bytes, records atomic.Int64 } // progress to take back when the attempt is discarded
}

type statKey struct {
	field  int
	format string
}

// run fills the shard's files, and syncs them when no record is broken.
func (t *attemptRun) run(ctx context.Context) ([]Violation, error) {
	if err := t.pass(ctx); err != nil || len(t.findings.out) > 0 {
		return t.findings.out, err
	}
	return nil, t.finish()
}

// pass goes over the shard's images, when there is room for one more shard, and then
// asks the rules over samples.
func (t *attemptRun) pass(ctx context.Context) error {
	if err := t.room.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	t.filling.Add(1)
	err := t.fill(ctx)
	t.filling.Add(-1)
	t.room.Release(1)
	if err == nil && t.samples {
		err = t.askSamples(ctx)
	}
	return err
}

// fill lays the shard out in every format and puts every image into all of them.
func (t *attemptRun) fill(ctx context.Context) error {
	t.stats = make(map[statKey]*ImageStat)
	t.sums = make(imageSums, t.shard.Assets())
	if t.samples {
		t.read = make([]bool, t.shard.Assets())
	}
	t.shard.Peek = t.peek
	for _, f := range t.formats {
		file, err := t.Store.Create(attemptName(t.name, t.attempt, f.Name()))
		if err != nil {
			return err
		}
		t.files = append(t.files, file)
		c := NewCanvas(file, t.combiner)
		w, err := f.Create(ctx, t.shard, t.Plan.Traits[f.Name()], c)
		if err != nil {
			return fmt.Errorf("lay out %s: %w", f.Name(), err)
		}
		t.canvas, t.writers = append(t.canvas, c), append(t.writers, w)
		if err := file.Reserve(w.Size()); err != nil {
			return err
		}
	}
	return t.readImages(ctx)
}

// imageReader is one reader's state, used again from image to image.
type imageReader struct {
	*attemptRun
	img  Image
	name []byte // room for an image's
}

// put reads the image of an asset, checks it, and writes it into every format's
// file. cached: it waited for nothing, see Source.
func (r *imageReader) put(ctx context.Context, n int) (cached bool, err error) {
	a := r.shard.Asset(n)
	size := r.shard.AssetSize(a)
	if cached = true; size != NoImage {
		if cached, err = r.putBytes(ctx, n, a, int(size)); err != nil {
			return false, err
		}
	}
	records := int64(0)
	if n+1 == r.shard.first(a.Record+1) { // the record's last
		records = 1
	}
	r.tell(max(size, 0), records)
	return cached, nil
}

// tell counts what was done as progress.
func (t *attemptRun) tell(bytes, records int64) {
	t.Progress.Bytes.Add(bytes)
	t.undone.bytes.Add(bytes)
	t.Progress.Records.Add(records)
	t.undone.records.Add(records)
}

func (r *imageReader) putBytes(ctx context.Context, n int, a Asset, size int) (cached bool, err error) {
	row, images := r.shard.Order.At(a.Record), r.shard.Images[a.Field]
	buf, err := r.Budget.Borrow(ctx, RoomBefore+size+RoomAfter)
	if err != nil {
		return false, err
	}
	defer r.Budget.Return(buf)
	r.img = Image{buf: buf[:RoomBefore+size+RoomAfter]}
	if cached, err = r.readImage(ctx, a.Field, row, a.Item, r.img.Bytes()); err != nil {
		if ctx.Err() != nil || machineFault(err) {
			return false, err
		}
		if errors.Is(err, ErrSourceChanged) || errors.Is(err, fs.ErrNotExist) {
			return false, WithHint(err, sourceHint)
		}
		r.violate(a, &Fault{Rule: RuleMissing, Detail: err.Error(), Cause: sharedCause(err)})
		return false, nil
	}
	r.counted.Add(1)
	if r.viewer != nil {
		r.viewer.View(r.split, a.Field, images.Place(row, a.Item), r.img.Bytes())
	}
	head, stays := r.judge(a, row)
	if stays = stays && !r.checkOnly.Load(); !stays && r.read == nil {
		return cached, nil
	}
	for _, c := range r.contents {
		if err := c.Add(r.split, a.Field, images.Place(row, a.Item), r.img.Bytes()); err != nil {
			return false, err
		}
	}
	r.img.CRC = CRC32C(r.img.Bytes())
	r.sums[n] = r.img.CRC
	if r.read != nil {
		r.read[n] = true
	}
	if !stays {
		return cached, nil
	}
	r.img.Head = head
	for k, w := range r.writers {
		if err := w.WriteImage(a, &r.img); err != nil {
			return cached, fmt.Errorf("write image of %s row %d to %s: %w", r.shard.Split, row, r.formats[k].Name(), err)
		}
	}
	r.count(a, head, int64(size))
	return cached, nil
}

// readImage reads an image as the plan saw it.
func (t *attemptRun) readImage(ctx context.Context, field int, row int64, item int, dst []byte) (cached bool, err error) {
	images := t.shard.Images[field]
	want := plannedStat(int64(len(dst)), t.times[field].At(images.Place(row, item)))
	return images.Read(ctx, row, item, want, dst)
}

// peek is Shard.Peek.
func (t *attemptRun) peek(ctx context.Context, field int, row int64, item int, use func(image []byte)) error {
	size := int(t.shard.Images[field].Size(row, item))
	buf, err := t.Budget.Borrow(ctx, size)
	if err != nil {
		return err
	}
	defer t.Budget.Return(buf)
	if _, err := t.readImage(ctx, field, row, item, buf[:size]); err != nil {
		if ctx.Err() != nil || machineFault(err) {
			return err
		}
		return nil // the pass over the images says so
	}
	use(buf[:size])
	return nil
}

// judge asks the Checker, and the rules over one image about one that it passes;
// stays says that the image may be written.
func (r *imageReader) judge(a Asset, row int64) (h Head, stays bool) {
	h, fault := r.Checker.CheckImage(r.img.Bytes())
	if fault != nil {
		return h, r.violate(a, fault)
	}
	stays = true
	for i, rule := range r.images {
		if i == 0 {
			r.name, _ = r.shard.Images[a.Field].AppendName(r.name[:0], row, a.Item)
		}
		if fault := rule.Image(r.img.Bytes(), h, r.name); fault != nil && !r.broke(a, rule, fault) {
			stays = false
		}
	}
	return h, stays
}

// violate takes a fault that the Checker or the source has found down.
func (t *attemptRun) violate(a Asset, f *Fault) (stays bool) {
	return t.broke(a, t.Spec.rule(f.Rule, ""), f)
}

func (t *attemptRun) broke(a Asset, rule *Rule, f *Fault) (stays bool) {
	if stays = t.findings.broke(a.Record, rule, a, f); !stays {
		t.checkOnly.Store(true)
	}
	return stays
}

func (t *attemptRun) count(a Asset, h Head, size int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.stats[statKey{a.Field, h.Format}]
	if s == nil {
		s = &ImageStat{Field: t.shard.Schema.Field(a.Field).Name, Format: h.Format, MinWidth: h.Width, MinHeight: h.Height}
		t.stats[statKey{a.Field, h.Format}] = s
	}
	if t.shard.Schema.Field(a.Field).Type.ImageList() {
		s.Items = max(s.Items, a.Item+1)
	}
	s.Count++
	s.Bytes += size
	s.MinWidth, s.MaxWidth = min(s.MinWidth, h.Width), max(s.MaxWidth, h.Width)
	s.MinHeight, s.MaxHeight = min(s.MinHeight, h.Height), max(s.MaxHeight, h.Height)
}

// finish proves that every byte of every file was written once, makes the files
// durable and notes their digests, and writes their indexes.
func (t *attemptRun) finish() error {
	for k, f := range t.formats {
		parts := shardFiles(f, t.shard.Split, t.shard.Index, t.shard.Total)
		size := t.writers[k].Size()
		sum, err := t.canvas[k].Sum(size)
		if err != nil {
			return fmt.Errorf("finish %s: %w", f.Name(), err)
		}
		err = t.files[k].Sync()
		if err = errors.Join(err, t.files[k].Close()); err != nil {
			return err
		}
		parts[0].Bytes, parts[0].CRC32C = size, fmt.Sprintf("%08x", sum)
		for i := range parts[1:] {
			if err := t.writeIndex(t.writers[k], &parts[1+i]); err != nil {
				return err
			}
		}
		t.result.Files = append(t.result.Files, parts...)
	}
	t.files = nil
	return t.Store.SyncDir(filesFolder)
}

// discard removes what the attempt has written.
func (t *attemptRun) discard() error {
	var errs []error
	for _, f := range t.files {
		errs = append(errs, f.Close())
	}
	t.files = nil
	for _, f := range t.formats {
		for _, part := range shardFiles(f, t.shard.Split, t.shard.Index, t.shard.Total) {
			errs = append(errs, t.Store.Remove(attemptName(t.name, t.attempt, part.part())))
		}
	}
	t.Progress.Bytes.Add(-t.undone.bytes.Load())
	t.Progress.Records.Add(-t.undone.records.Load())
	return errors.Join(errs...)
}

func (t *attemptRun) record(dropped []Violation, findings ShardFindings) *ShardRecord {
	r := &ShardRecord{
		Plan: t.PlanID, Shard: t.name, Split: t.shard.Split, Index: t.shard.Index,
		Source:   t.task.Source(),
		Attempts: make(map[string]string, len(t.result.Files)),
	}
	for _, f := range t.result.Files {
		r.Attempts[f.part()] = attemptName(t.name, t.attempt, f.part())
	}
	r.Built = t.result
	r.Built.Dropped, r.Built.Found = dropped, findings
	r.Built.Rows = int64(t.shard.Len())
	r.Built.ArrowBytes = arrowBytes(t.shard)
	r.Built.Records, r.Built.Contents = recordsDigest(t.shard), contentsDigest(t.shard, t.sums)
	if n := t.shard.Len(); n > 0 {
		r.Built.FirstKey, r.Built.LastKey = t.shard.Key(t.shard.Order.At(0)), t.shard.Key(t.shard.Order.At(n-1))
	}
	for _, s := range t.stats {
		r.Built.Images = append(r.Built.Images, *s)
	}
	slices.SortFunc(r.Built.Images, compareStats)
	return r
}
