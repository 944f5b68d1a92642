package pandas

import (
	"strconv"
	"strings"
	"time"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// zone is a time zone: an IANA name, "UTC" or a fixed offset "+05:30".
type zone struct {
	name   string
	fixed  bool
	offset int64 // seconds east of UTC, when fixed or when the value tells it
	known  bool  // offset is that of the moment it came with
}

// zone reads a tzinfo of pytz, zoneinfo, datetime or dateutil.
func (r *reader) zone(v pickle.Value) (zone, error) {
	const longest = 255
	z, err := r.anyZone(v)
	if err == nil && len(z.name) > longest {
		return zone{}, unsupported("the time zone %s", quote(z.name))
	}
	return z, err
}

func (r *reader) anyZone(v pickle.Value) (zone, error) {
	if s, ok := r.text(v); ok {
		return zone{name: s}, nil
	}
	switch r.doc.Class(v) {
	case pickle.GPytzUTC, pickle.GTzUTC:
		return zone{name: "UTC", fixed: true}, nil
	case pickle.GPytz:
		name, ok := r.text(r.doc.Arg(v, 0))
		if !ok {
			break
		}
		z := zone{name: name, fixed: name == "UTC"}
		z.offset, z.known = r.integer(r.doc.Arg(v, 1))
		return z, nil
	case pickle.GPytzFixed:
		if m, ok := r.integer(r.doc.Arg(v, 0)); ok && m > -1440 && m < 1440 {
			return fixedZone(m * 60), nil
		}
	case pickle.GTimezone:
		c, err := r.cell(r.doc.Arg(v, 0))
		if err == nil && c.class == classDelta && c.i%1e6 == 0 {
			return fixedZone(c.i / 1e6), nil
		}
	case pickle.GTzOffset:
		c, err := r.cell(r.doc.Arg(v, 1))
		if err == nil && c.class == classDelta {
			return fixedZone(c.i / 1e6), nil
		}
		if err == nil && c.class == classInt {
			return fixedZone(c.i), nil
		}
	case pickle.GZoneInfoUnpickle, pickle.GZoneInfo, pickle.GTzGettz:
		if name, ok := r.text(r.doc.Arg(v, 0)); ok {
			return zone{name: name, fixed: name == "UTC"}, nil
		}
	case pickle.GTzFile:
		return r.zoneFile(v)
	case pickle.GTzLocal:
		r.warn("a time zone is the writer's local one, which the file does not name; the moments are right, the zone is given as UTC")
		return zone{name: "UTC"}, nil
	}
	return zone{}, unsupported("the time zone %s", r.doc.Describe(v))
}

// zoneFile takes the IANA name from the path of a dateutil tzfile.
func (r *reader) zoneFile(v pickle.Value) (zone, error) {
	for i := 1; i >= 0; i-- {
		if path, ok := r.text(r.doc.Arg(v, i)); ok && path != "" {
			if _, after, ok := strings.Cut(path, "zoneinfo/"); ok {
				path = after
			}
			return zone{name: path}, nil
		}
	}
	return zone{}, unsupported("a dateutil time zone without a name")
}

func fixedZone(sec int64) zone {
	if sec == 0 {
		return zone{name: "UTC", fixed: true}
	}
	sign, abs := "+", sec
	if sec < 0 {
		sign, abs = "-", -sec
	}
	h, m := abs/3600, abs/60%60
	name := sign + two(h) + ":" + two(m)
	return zone{name: name, fixed: true, offset: sec}
}

func two(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// offsetAt is the offset at a local time in seconds since the epoch; fold picks
// the later of two.
func (r *reader) offsetAt(z zone, local int64, fold bool) (int64, error) {
	if z.fixed || z.known {
		return z.offset, nil
	}
	loc, known := r.zones[z.name]
	if !known {
		var err error
		if loc, err = location(z.name); err != nil {
			return 0, err
		}
		if r.zones == nil {
			r.zones = map[string]*time.Location{}
		}
		r.zones[z.name] = loc
	}
	if loc == nil {
		return 0, unsupported("the time zone %s, which is not in the zone database; turn the times into UTC before pickling", quote(z.name))
	}
	// The offsets a day before and after enclose any change.
	_, before := time.Unix(local-86400, 0).In(loc).Zone()
	_, after := time.Unix(local+86400, 0).In(loc).Zone()
	for _, off := range pick(fold, before, after) {
		if _, at := time.Unix(local-int64(off), 0).In(loc).Zone(); at == off {
			return int64(off), nil
		}
	}
	return int64(before), nil // a time that the clocks skipped
}

func pick(fold bool, before, after int) []int {
	if fold {
		return []int{after, before}
	}
	return []int{before, after}
}
