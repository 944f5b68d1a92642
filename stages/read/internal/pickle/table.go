package pickle

import "strings"

// lookup returns what a global of that module and name means: GOpaque when the table
// does not know it, and false when it is refused wherever it stands. The table is all
// there is: no module path is tried, completed or imported.
func lookup(module, name string) (Global, bool) {
	if to, ok := moduleAliases[module]; ok {
		module = to
	}
	if names, ok := table[module]; ok {
		if g, ok := names[name]; ok {
			return g, true
		}
	}
	if offsetModules[module] && isOffsetName(name) {
		return GOffset, true
	}
	if isPicture(module, name) {
		return GPicture, true
	}
	if runsCode(module, name) {
		return GNone, false
	}
	if what, _ := foreign(module, name); what == joblibDump {
		return GNone, false // raw bytes stand between its opcodes
	}
	return GOpaque, true
}

// runsCode knows what pickles name that are made to do harm, or that hold code. To pass
// over them would be safe; that they are there is what their reader must hear.
func runsCode(module, name string) bool {
	root, _, _ := strings.Cut(module, ".")
	if root == "builtins" || root == "__builtin__" {
		return name == "" || name[0] < 'A' || name[0] > 'Z' // exceptions and the like are classes
	}
	return codeModules[root]
}

var codeModules = map[string]bool{
	"os": true, "posix": true, "nt": true, "subprocess": true, "sys": true, "importlib": true, "pty": true, "socket": true,
	"runpy": true, "code": true, "codeop": true, "shutil": true, "webbrowser": true, "pip": true, "pkgutil": true,
	"commands": true, "ctypes": true, "urllib": true, "urllib2": true, "httplib": true, "http": true, "requests": true,
	"aiohttp": true, "bdb": true, "pdb": true, "timeit": true, "cProfile": true, "profile": true, "trace": true,
	"doctest": true, "pydoc": true, "venv": true, "ensurepip": true, "idlelib": true, "lib2to3": true, "distutils": true,
	"setuptools": true, "asyncio": true, "multiprocessing": true, "threading": true, "_thread": true, "signal": true,
	"operator": true, "_operator": true, "types": true, "marshal": true, "pickle": true, "_pickle": true, "cPickle": true,
	"cloudpickle": true, "dill": true, "tempfile": true, "ssl": true, "smtplib": true, "ftplib": true, "platform": true,
}

// isPicture knows Pillow's image classes, one for each format that a file was opened in.
func isPicture(module, name string) bool {
	if module == "PIL.Image" {
		return name == "Image"
	}
	format, ok := strings.CutPrefix(module, "PIL.")
	format, plugin := strings.CutSuffix(format, "ImagePlugin")
	return ok && plugin && format != "" && strings.HasSuffix(name, "ImageFile")
}

// isOffsetName: offsets (the freq of an index) are many classes without data of
// their own; any class name is taken, as inert as the rest.
func isOffsetName(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_' && i > 0 || c >= '0' && c <= '9' && i > 0) {
			return false
		}
	}
	return strings.HasPrefix(name, "_offset") || name[0] >= 'A' && name[0] <= 'Z' || name == "to_offset"
}

var offsetModules = map[string]bool{
	"pandas._libs.tslibs.offsets": true, "pandas.tseries.offsets": true,
	"pandas.core.datetools": true, "pandas.tseries.frequencies": true,
	"pandas.tseries.holiday": false,
}

// moduleAliases maps a module to the one under which the table lists the same
// names: renames between versions of Python, numpy and pandas.
var moduleAliases = map[string]string{
	"__builtin__":        "builtins",
	"copyreg":            "copy_reg",
	"pathlib._local":     "pathlib",
	"backports.zoneinfo": "zoneinfo",
	"dateutil.tz.tz":     "dateutil.tz",

	"numpy._core.multiarray": "numpy.core.multiarray",

	"numpy.core._multiarray_umath":  "numpy.core.multiarray",
	"numpy._core._multiarray_umath": "numpy.core.multiarray",

	"numpy._core.numeric":      "numpy.core.numeric",
	"numpy._core.records":      "numpy.core.records",
	"numpy.rec":                "numpy.core.records",
	"numpy._core.memmap":       "numpy.core.memmap",
	"numpy.core.defchararray":  "numpy.char",
	"numpy._core.defchararray": "numpy.char",
	"numpy.ma":                 "numpy.ma.core",

	"pandas.core.index":               "pandas.core.indexes.base",
	"pandas.indexes.base":             "pandas.core.indexes.base",
	"pandas.indexes.numeric":          "pandas.core.indexes.numeric",
	"pandas.indexes.range":            "pandas.core.indexes.range",
	"pandas.indexes.multi":            "pandas.core.indexes.multi",
	"pandas.indexes.category":         "pandas.core.indexes.category",
	"pandas.core.indexes.category":    "pandas.core.indexes.category",
	"pandas.tseries.index":            "pandas.core.indexes.datetimes",
	"pandas.tseries.period":           "pandas.core.indexes.period",
	"pandas.tseries.tdi":              "pandas.core.indexes.timedeltas",
	"pandas.tseries.interval":         "pandas.core.indexes.interval",
	"pandas.core.internals":           "pandas.core.internals.managers",
	"pandas.core.categorical":         "pandas.core.arrays.categorical",
	"pandas.types.dtypes":             "pandas.core.dtypes.dtypes",
	"pandas.types.api":                "pandas.core.dtypes.dtypes",
	"pandas.core.sparse.array":        "pandas.core.arrays.sparse",
	"pandas.sparse.array":             "pandas.core.arrays.sparse",
	"pandas.core.arrays.sparse.array": "pandas.core.arrays.sparse",
	"pandas.core.arrays.sparse.dtype": "pandas.core.arrays.sparse",
	"pandas.core.sparse.frame":        "pandas.sparse.frame",
	"pandas.core.sparse.series":       "pandas.sparse.series",
	"pandas.sparse.api":               "pandas.sparse.series",
	"pandas._sparse":                  "pandas._libs.sparse",
	"pandas.sparse._sparse":           "pandas._libs.sparse",
	"pandas.lib":                      "pandas._libs.tslib",
	"pandas.tslib":                    "pandas._libs.tslib",
	"pandas._tseries":                 "pandas._libs.tslib",
	"pandas._libs.lib":                "pandas._libs.tslib",
	"pandas._period":                  "pandas._libs.tslibs.period",
	"pandas._libs.period":             "pandas._libs.tslibs.period",
	"pandas._libs.tslibs.c_timestamp": "pandas._libs.tslibs.timestamps",
	"pandas._libs.interval":           "pandas._libs.interval",
	"pandas.core.base":                "pandas.core.indexes.frozen",
	"pandas.indexes.frozen":           "pandas.core.indexes.frozen",
	"pandas.core.arrays.arrow":        "pandas.core.arrays.arrow.array",
	"pandas.core.arrays.arrow.dtype":  "pandas.core.arrays.arrow.array",
	"pandas.core.arrays.string_arrow": "pandas.core.arrays.string_",
	"pandas.core.arrays.numpy_":       "pandas.arrays",
	"pandas.core.dtypes.base":         "pandas.core.dtypes.dtypes",
}

// table lists the globals by module and name; never changed. Sources: the
// disassembled files of pandas 1.1 to 3.x, and the renames in pandas'
// compat/pickle_compat.py.
var table = map[string]map[string]Global{
	"builtins": {
		"object": GObject, "bytes": GBytes, "bytearray": GByteArray, "list": GList, "tuple": GTuple,
		"dict": GDict, "set": GSet, "frozenset": GFrozenSet, "str": GStr, "unicode": GStr, "int": GInt,
		"long": GInt, "float": GFloat, "bool": GBool, "complex": GComplex, "range": GRange,
		"xrange": GRange, "slice": GSlice, "getattr": GGetattr,
	},
	"copy_reg":    {"_reconstructor": GReconstructor, "__newobj__": GNewObj},
	"_codecs":     {"encode": GCodecsEncode},
	"functools":   {"partial": GPartial},
	"collections": {"OrderedDict": GOrderedDict, "defaultdict": GDefaultDict, "Counter": GCounter, "deque": GDeque},
	"datetime": {
		"date": GDate, "datetime": GDatetime, "time": GTime, "timedelta": GTimedelta, "timezone": GTimezone,
	},
	"decimal": {"Decimal": GDecimal},
	"uuid":    {"UUID": GUUID, "SafeUUID": GSafeUUID},
	"pathlib": {
		"PosixPath": GPurePath, "WindowsPath": GPurePath, "PurePosixPath": GPurePath,
		"PureWindowsPath": GPurePath, "Path": GPurePath, "PurePath": GPurePath,
	},
	"zoneinfo": {"ZoneInfo": GZoneInfo},
	"pytz":     {"_p": GPytz, "_UTC": GPytzUTC, "_FixedOffset": GPytzFixed},
	"dateutil.tz": {
		"tzutc": GTzUTC, "tzlocal": GTzLocal, "tzoffset": GTzOffset, "tzfile": GTzFile, "gettz": GTzGettz,
	},
	"dateutil.zoneinfo":      {"gettz": GTzGettz, "tzfile": GTzFile},
	"dateutil.relativedelta": {"relativedelta": GRelativeDelta, "weekday": GRelativeDelta},
	"dateutil._common":       {"weekday": GRelativeDelta},

	"numpy.core.multiarray": {"_reconstruct": GNdReconstruct, "scalar": GNdScalar},
	"numpy.core.numeric":    {"_frombuffer": GNdFromBuffer},
	"numpy": {
		"ndarray": GNdArray, "dtype": GNdDtype, "recarray": GNdRecArray, "record": GNdRecord, "matrix": GNdArray,
		"memmap": GNdArray, "chararray": GNdArray,
		"bool_": GNdScalarType, "bool": GNdScalarType, "int8": GNdScalarType, "int16": GNdScalarType,
		"int32": GNdScalarType, "int64": GNdScalarType, "uint8": GNdScalarType, "uint16": GNdScalarType,
		"uint32": GNdScalarType, "uint64": GNdScalarType, "float16": GNdScalarType, "float32": GNdScalarType,
		"float64": GNdScalarType, "complex64": GNdScalarType, "complex128": GNdScalarType,
		"object_": GNdScalarType, "str_": GNdScalarType, "bytes_": GNdScalarType, "datetime64": GNdScalarType,
		"timedelta64": GNdScalarType,
	},
	"numpy.matrixlib.defmatrix": {"matrix": GNdArray},
	"numpy.core.memmap":         {"memmap": GNdArray},
	"numpy.char":                {"chararray": GNdArray},
	"numpy.core.records":        {"recarray": GNdRecArray, "record": GNdRecord},
	"numpy.ma.core":             {"_mareconstruct": GNdMaReconstruct, "MaskedArray": GNdMaskedArray},
	"numpy._core._internal":     {"_convert_to_stringdtype_kwargs": GNdStringDType},

	"pandas.core.frame":     {"DataFrame": GDataFrame},
	"pandas.core.series":    {"Series": GSeries, "TimeSeries": GTimeSeries},
	"pandas.core.daterange": {"DateRange": GIndex},
	"pandas.core.panel":     {"Panel": GPanel, "WidePanel": GPanel, "LongPanel": GPanel},
	"pandas.sparse.frame":   {"SparseDataFrame": GSparseDataFrame},
	"pandas.sparse.series":  {"SparseSeries": GSparseSeries, "SparseTimeSeries": GSparseSeries},
	"pandas.core.internals.managers": {
		"BlockManager": GBlockManager, "SingleBlockManager": GSingleBlockManager,
	},
	"pandas.core.internals.blocks": {"new_block": GNewBlock},
	"pandas._libs.internals":       {"_unpickle_block": GUnpickleBlock, "BlockPlacement": GBlockPlacement},

	"pandas.core.indexes.base": {
		"Index": GIndex, "_new_Index": GNewIndex, "Int64Index": GInt64Index, "UInt64Index": GUInt64Index,
		"Float64Index": GFloat64Index, "MultiIndex": GMultiIndex, "RangeIndex": GRangeIndex,
		"CategoricalIndex": GCategoricalIndex, "DatetimeIndex": GDatetimeIndex, "FrozenList": GFrozenList,
		"PeriodIndex": GPeriodIndex,
	},
	"pandas.core.indexes.numeric": {
		"Int64Index": GInt64Index, "UInt64Index": GUInt64Index, "Float64Index": GFloat64Index,
	},
	"pandas.core.indexes.range":      {"RangeIndex": GRangeIndex},
	"pandas.core.indexes.multi":      {"MultiIndex": GMultiIndex},
	"pandas.core.indexes.category":   {"CategoricalIndex": GCategoricalIndex},
	"pandas.core.indexes.datetimes":  {"DatetimeIndex": GDatetimeIndex, "_new_DatetimeIndex": GNewDatetimeIndex},
	"pandas.core.indexes.timedeltas": {"TimedeltaIndex": GTimedeltaIndex},
	"pandas.core.indexes.period":     {"PeriodIndex": GPeriodIndex, "_new_PeriodIndex": GNewPeriodIndex, "Period": GPeriod},
	"pandas.core.indexes.interval":   {"IntervalIndex": GIntervalIndex, "_new_IntervalIndex": GNewIntervalIndex},
	"pandas.core.indexes.frozen":     {"FrozenList": GFrozenList, "FrozenNDArray": GFrozenNDArray},

	"pandas._libs.arrays":   {"__pyx_unpickle_NDArrayBacked": GUnpickleNDArrayBacked},
	"pandas._libs.interval": {"__pyx_unpickle_IntervalMixin": GUnpickleIntervalMixin, "Interval": GInterval},
	"pandas._libs.sparse":   {"IntIndex": GIntIndex, "BlockIndex": GBlockIndex},

	"pandas.core.arrays.categorical": {
		"Categorical": GCategorical, "CategoricalDtype": GCategoricalDtype,
	},
	"pandas.core.arrays.datetimes":  {"DatetimeArray": GDatetimeArray},
	"pandas.core.arrays.timedeltas": {"TimedeltaArray": GTimedeltaArray},
	"pandas.core.arrays.period":     {"PeriodArray": GPeriodArray},
	"pandas.core.arrays.interval":   {"IntervalArray": GIntervalArray},
	"pandas.core.arrays.integer": {
		"IntegerArray": GIntegerArray, "Int8Dtype": GInt8Dtype, "Int16Dtype": GInt16Dtype,
		"Int32Dtype": GInt32Dtype, "Int64Dtype": GInt64Dtype, "UInt8Dtype": GUInt8Dtype,
		"UInt16Dtype": GUInt16Dtype, "UInt32Dtype": GUInt32Dtype, "UInt64Dtype": GUInt64Dtype,
	},
	"pandas.core.arrays.floating": {
		"FloatingArray": GFloatingArray, "Float32Dtype": GFloat32Dtype, "Float64Dtype": GFloat64Dtype,
	},
	"pandas.core.arrays.boolean": {"BooleanArray": GBooleanArray, "BooleanDtype": GBooleanDtype},
	"pandas.core.arrays.string_": {
		"StringArray": GStringArray, "StringArrayNumpySemantics": GStringArrayNumpy, "StringDtype": GStringDtype,
		"ArrowStringArray": GArrowStringArray, "ArrowStringArrayNumpySemantics": GArrowStringArrayNumpy,
	},
	"pandas.core.arrays.sparse":      {"SparseArray": GSparseArray, "SparseDtype": GSparseDtype},
	"pandas.core.arrays.arrow.array": {"ArrowExtensionArray": GArrowExtensionArray, "ArrowDtype": GArrowDtype},
	"pandas.core.dtypes.dtypes": {
		"CategoricalDtype": GCategoricalDtype, "DatetimeTZDtype": GDatetimeTZDtype, "PeriodDtype": GPeriodDtype,
		"IntervalDtype": GIntervalDtype, "SparseDtype": GSparseDtype, "ArrowDtype": GArrowDtype,
		"PandasDtype": GNumpyEADtype, "NumpyEADtype": GNumpyEADtype,
	},

	"pandas._libs.missing":       {"NA": GNA},
	"pandas._libs.tslibs.period": {"Period": GPeriod, "__pyx_unpickle_PeriodMixin": GUnpicklePeriodMixin},
	"pandas._libs.tslibs.nattype": {
		"__nat_unpickle": GNaT, "_nat_unpickle": GNaT, "NaTType": GNaTType, "NaT": GNaTType,
	},
	"pandas._libs.tslibs.timestamps": {"Timestamp": GTimestamp, "_unpickle_timestamp": GTimestampUnpickle},
	"pandas._libs.tslibs.timedeltas": {"Timedelta": GTimedelta64, "_timedelta_unpickle": GTimedeltaUnpickle},
	"pandas._libs.tslib": {
		"Timestamp": GTimestamp, "Timedelta": GTimedelta64, "NaTType": GNaTType, "__nat_unpickle": GNaT,
		"_nat_unpickle": GNaT, "Interval": GInterval,
	},

	"pandas": {
		"DataFrame": GDataFrame, "Series": GSeries, "Index": GIndex, "RangeIndex": GRangeIndex,
		"MultiIndex": GMultiIndex, "DatetimeIndex": GDatetimeIndex, "TimedeltaIndex": GTimedeltaIndex,
		"PeriodIndex": GPeriodIndex, "IntervalIndex": GIntervalIndex, "CategoricalIndex": GCategoricalIndex,
		"Categorical": GCategorical, "CategoricalDtype": GCategoricalDtype, "DatetimeTZDtype": GDatetimeTZDtype,
		"PeriodDtype": GPeriodDtype, "IntervalDtype": GIntervalDtype, "SparseDtype": GSparseDtype,
		"ArrowDtype": GArrowDtype, "StringDtype": GStringDtype, "BooleanDtype": GBooleanDtype,
		"Int8Dtype": GInt8Dtype, "Int16Dtype": GInt16Dtype, "Int32Dtype": GInt32Dtype, "Int64Dtype": GInt64Dtype,
		"UInt8Dtype": GUInt8Dtype, "UInt16Dtype": GUInt16Dtype, "UInt32Dtype": GUInt32Dtype,
		"UInt64Dtype": GUInt64Dtype, "Float32Dtype": GFloat32Dtype, "Float64Dtype": GFloat64Dtype,
		"NA": GNA, "NaT": GNaTType, "Timestamp": GTimestamp, "Timedelta": GTimedelta64, "Period": GPeriod,
		"Interval": GInterval,
	},
	"pandas.arrays": {
		"DatetimeArray": GDatetimeArray, "TimedeltaArray": GTimedeltaArray, "PeriodArray": GPeriodArray,
		"IntervalArray": GIntervalArray, "IntegerArray": GIntegerArray, "FloatingArray": GFloatingArray,
		"BooleanArray": GBooleanArray, "StringArray": GStringArray, "SparseArray": GSparseArray,
		"NumpyExtensionArray": GNumpyArray, "PandasArray": GNumpyArray, "PandasDtype": GNumpyEADtype,
		"NumpyEADtype": GNumpyEADtype, "ArrowStringArray": GArrowStringArray,
		"ArrowExtensionArray": GArrowExtensionArray, "Categorical": GCategorical,
	},

	"pyarrow.lib": {
		"_restore_array": GArrowRestoreArray, "py_buffer": GArrowPyBuffer, "type_for_alias": GArrowTypeForAlias,
		"chunked_array": GArrowChunkedArray,
		"timestamp":     GArrowType, "time32": GArrowType, "time64": GArrowType, "duration": GArrowType,
		"list_": GArrowType, "large_list": GArrowType, "list_view": GArrowType, "large_list_view": GArrowType,
		"struct": GArrowType, "field": GArrowType, "dictionary": GArrowType, "map_": GArrowType,
		"decimal32": GArrowType, "decimal64": GArrowType, "decimal128": GArrowType, "decimal256": GArrowType,
		"binary": GArrowType, "run_end_encoded": GArrowType, "dense_union": GArrowType, "sparse_union": GArrowType,
		"union": GArrowType, "uuid": GArrowType, "json_": GArrowType, "bool8": GArrowType, "opaque": GArrowType,
		"fixed_shape_tensor": GArrowType,
	},
}

const joblibDump = "joblib dump"

// foreign names the files that are known by a global of theirs.
func foreign(module, name string) (what, hint string) {
	root, _, _ := strings.Cut(module, ".")
	switch root {
	case "joblib":
		return joblibDump, "load it with joblib.load and write it again with DataFrame.to_pickle"
	case "torch":
		return "PyTorch file", "it holds tensors; write the table itself with DataFrame.to_pickle"
	}
	return "", ""
}

// refusal makes the error for a global outside the table.
func refusal(module, name string, pos int64) error {
	if what, hint := foreign(module, name); what != "" {
		what += " (it names " + quoteGlobal(module, name) + ")"
		return &ForeignError{What: what, Offset: pos, Hint: hint}
	}
	e := &GlobalError{Module: module, Name: name, Offset: pos}
	root, _, _ := strings.Cut(module, ".")
	switch root {
	case "builtins", "__builtin__":
		e.Hint = "turn what it stands for into a plain value before pickling"
		if riskyBuiltins[name] {
			e.Hint = runsCodeHint
		}
	case "__main__":
		e.Hint = "a class of the program that wrote the file; turn its objects into dicts before pickling"
	case "pandas", "numpy", "pyarrow":
		if strings.HasPrefix(module, "numpy.random") {
			e.Hint = "it is part of the state of a random number generator, which is not a table; pickle the table alone"
			break
		}
		e.Hint = "pickshard does not read this yet; please report it"
	case "fractions":
		e.Hint = "turn fractions into floats, or into text, before pickling"
	case "geopandas", "shapely", "polars", "xarray", "scipy", "sklearn", "PIL", "datasets", "transformers", "tensorflow":
		e.Hint = "turn it into a plain DataFrame, list of dicts or dict of lists before pickling"
	default:
		if codeModules[root] {
			e.Hint = runsCodeHint
		}
	}
	return e
}

const runsCodeHint = "pickles that name it try to run code; do not load this file with Python"

var riskyBuiltins = map[string]bool{
	"eval": true, "exec": true, "execfile": true, "compile": true, "open": true, "file": true, "getattr": true, "setattr": true,
	"delattr": true, "globals": true, "locals": true, "vars": true, "__import__": true, "input": true, "apply": true,
	"breakpoint": true, "map": true, "filter": true, "reduce": true, "type": true, "help": true,
}

// Opaque is the refusal of the first opaque global that the file names; nil for none.
func (d *Doc) Opaque() error {
	for _, g := range d.globals {
		if g.Global == GOpaque {
			return refusal(g.Module, g.Name, g.Offset)
		}
	}
	return nil
}

// OpaqueError is the refusal of an opaque global, for who meets what was made of it
// where a value is wanted; nil for other values.
func (d *Doc) OpaqueError(v Value) error {
	if v.Kind() == KindObject {
		v = d.objects.at(v.index()).class
	}
	if d.Global(v) != GOpaque {
		return nil
	}
	g := d.GlobalRef(v)
	return refusal(g.Module, g.Name, g.Offset)
}
