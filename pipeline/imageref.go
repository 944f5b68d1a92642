package pipeline

// An ImageRef stands for an image of a run: the split, the image field by its number,
// and the place of the image in its column. Refs order by these three.
type ImageRef uint64

const (
	placeBits = 44
	fieldBits = 12
)

// MakeImageRef makes a ref. Who has no field or no image puts another number there.
func MakeImageRef(split, field int, place int64) ImageRef {
	return ImageRef(uint64(split)<<(placeBits+fieldBits) | uint64(field)<<placeBits | uint64(place))
}

// Split is the split's number.
func (r ImageRef) Split() int { return int(r >> (placeBits + fieldBits)) }

// Field is the field's number.
func (r ImageRef) Field() int { return int(r >> placeBits & (1<<fieldBits - 1)) }

// Place is the image's place in the column, or a row.
func (r ImageRef) Place() int64 { return int64(r & (1<<placeBits - 1)) }
