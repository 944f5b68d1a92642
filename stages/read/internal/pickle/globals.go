package pickle

import "fmt"

// Global is what a class or function of the table means, whatever module path
// the writer's version used for it.
type Global uint16

// The meanings. Names follow the current public name; old spellings map to the
// same meaning in the table.
const (
	GNone Global = iota

	// Python
	GObject
	GBytes
	GByteArray
	GList
	GTuple
	GDict
	GSet
	GFrozenSet
	GStr
	GInt
	GFloat
	GBool
	GComplex
	GRange
	GSlice
	GGetattr
	GPartial
	GCodecsEncode
	GReconstructor
	GNewObj
	GOrderedDict
	GDefaultDict
	GCounter
	GDeque
	GDate
	GDatetime
	GTime
	GTimedelta
	GTimezone
	GDecimal
	GUUID
	GSafeUUID
	GPurePath
	GZoneInfo
	GZoneInfoUnpickle // getattr(zoneinfo.ZoneInfo, "_unpickle")
	GPytz
	GPytzUTC
	GPytzFixed
	GTzUTC
	GTzLocal
	GTzOffset
	GTzFile
	GTzGettz
	GRelativeDelta

	// numpy
	GNdReconstruct
	GNdScalar
	GNdFromBuffer
	GNdArray
	GNdRecArray
	GNdRecord
	GNdDtype
	GNdMaReconstruct
	GNdMaskedArray
	GNdStringDType
	GNdScalarType // numpy.float64 ... as a class

	// pandas: containers
	GDataFrame
	GSeries
	GTimeSeries
	GPanel
	GSparseDataFrame
	GSparseSeries
	GBlockManager
	GSingleBlockManager
	GUnpickleBlock
	GBlockPlacement
	GNewBlock
	GNewIndex
	GNewDatetimeIndex
	GNewPeriodIndex
	GNewIntervalIndex
	GIndex
	GInt64Index
	GUInt64Index
	GFloat64Index
	GRangeIndex
	GMultiIndex
	GDatetimeIndex
	GTimedeltaIndex
	GPeriodIndex
	GIntervalIndex
	GCategoricalIndex
	GFrozenList
	GFrozenNDArray

	// pandas: arrays
	GUnpickleNDArrayBacked
	GUnpickleIntervalMixin
	GUnpicklePeriodMixin
	GCategorical
	GDatetimeArray
	GTimedeltaArray
	GPeriodArray
	GIntervalArray
	GIntegerArray
	GFloatingArray
	GBooleanArray
	GStringArray
	GStringArrayNumpy
	GNumpyArray
	GSparseArray
	GIntIndex
	GBlockIndex
	GArrowStringArray
	GArrowStringArrayNumpy
	GArrowExtensionArray

	// pandas: dtypes
	GCategoricalDtype
	GDatetimeTZDtype
	GPeriodDtype
	GIntervalDtype
	GSparseDtype
	GArrowDtype
	GStringDtype
	GBooleanDtype
	GInt8Dtype
	GInt16Dtype
	GInt32Dtype
	GInt64Dtype
	GUInt8Dtype
	GUInt16Dtype
	GUInt32Dtype
	GUInt64Dtype
	GFloat32Dtype
	GFloat64Dtype
	GNumpyEADtype

	// pandas: scalars
	GNA
	GNaT
	GNaTType
	GTimestamp
	GTimestampUnpickle
	GTimedelta64
	GTimedeltaUnpickle
	GPeriod
	GInterval
	GOffset
	GFlags

	// pyarrow
	GArrowRestoreArray
	GArrowArray
	GArrowChunkedArray
	GArrowPyBuffer
	GArrowTypeForAlias
	GArrowType
	GArrowTable

	// Pillow
	GPicture

	// GOpaque is a class or function that the table does not know and that is not
	// known to run code. What is made of it is there, to be passed over; it is not a value.
	GOpaque

	globalCount
)

var globalNames = [globalCount]string{
	GDict: "dict", GOrderedDict: "collections.OrderedDict", GDefaultDict: "collections.defaultdict",
	GCounter: "collections.Counter", GDeque: "collections.deque", GDataFrame: "pandas.DataFrame",
	GSeries: "pandas.Series", GNdArray: "numpy.ndarray", GMultiIndex: "pandas.MultiIndex",
}

// String returns the public Python name where it is used in messages, and a
// number otherwise.
func (g Global) String() string {
	if int(g) < len(globalNames) && globalNames[g] != "" {
		return globalNames[g]
	}
	return fmt.Sprintf("global %d", int(g))
}

// madeBy names what a call of a global makes: of numpy's functions arrays.
func (d *Doc) madeBy(g GlobalRef, v Value) string {
	switch g.Global {
	case GNdReconstruct: // of the class that it is given
		if class := d.Arg(v, 0); class.Kind() == KindGlobal {
			g = d.globals[class.index()]
		}
	case GNdFromBuffer:
		return "numpy.ndarray"
	case GNdMaReconstruct:
		return "numpy.ma.MaskedArray"
	}
	return quoteGlobal(g.Module, g.Name)
}
