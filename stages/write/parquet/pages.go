package parquet

// limits are where row groups and pages are cut.
type limits struct {
	groupBytes int64 // of a row group, uncompressed
	groupRows  int
	pageBytes  int64        // of the values of a page that holds several
	pageRows   int          // of a page that holds no images
	imageRows  int          // levels of a page of images, so that most fit in front of one
	loneImage  int64        // an image from this size on has a page of its own
	dictBytes  int          // of a dictionary
	content    *contentCuts // where pages end by what is in them; nil where they do not
}

// Page sizes are not options: consumers read by page, and layouts that differ
// would not deduplicate against each other in content-addressed storage.
const (
	pageBytes = 1 << 20
	pageRows  = 20_000 // parquet-java's own limit
	imageRows = 4096
	loneImage = 32 << 10
	dictBytes = 1 << 20
)

// textPager cuts a column that is not an image's into pages, by rows and, for byte
// arrays, by bytes.
type textPager struct {
	rows  int
	bytes int64
}

// add adds a row whose value takes size bytes, and says whether a page begins
// with it.
func (p *textPager) add(lim *limits, size int64) bool {
	if p.rows > 0 && p.rows < lim.pageRows && p.bytes+size <= lim.pageBytes {
		p.rows++
		p.bytes += size
		return false
	}
	p.rows, p.bytes = 1, size
	return true
}

// metered are limits that give no fewer pages than there can be, but for one. Where
// pages end by what is in them, which is not known, those are many more than there will
// be: between two such ends are at least content.least bytes of levels and values, and a
// level, which has four there, can take two bits in a file.
func (l *limits) metered() *limits {
	if l.content == nil {
		return l
	}
	m := *l
	m.pageBytes, m.pageRows = max(1, l.content.least/64), max(1, int(l.content.least/64))
	return &m
}

// imagePager cuts a column of images into pages: one record a page when its images
// are large, so that a page depends on that record alone; small ones share a page.
// Records without image join the page that is open.
type imagePager struct {
	levels int
	images int
	bytes  int64 // of lengths and images
	lone   bool
}

// add adds a record's images, and says whether a page begins with them.
func (p *imagePager) add(lim *limits, w *imageWeight) bool {
	lone := w.images > 0 && w.bytes-4*int64(w.images) >= lim.loneImage
	begin := p.levels == 0 || p.levels+w.levels > lim.imageRows || lim.content != nil
	if w.images > 0 && p.images > 0 {
		begin = begin || lone || p.lone || p.bytes+w.bytes > lim.pageBytes
	}
	if begin {
		*p = imagePager{}
	}
	p.levels += w.levels
	if w.images > 0 {
		p.images += w.images
		p.bytes += w.bytes
		p.lone = lone
	}
	return begin
}
