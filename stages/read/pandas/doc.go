// Package pandas turns pickled tables into Arrow tables: pandas DataFrames and
// Series of every pandas since 0.7, lists of dicts or tuples, dicts of lists,
// numpy arrays.
//
// It works on the inert values of package pickle, so nothing is imported or
// executed and the versions of pandas, numpy and Python that wrote a file do not
// matter. It never decides by trial: each column has one type by a rule below,
// and a column that no rule covers is an error that names column, row and types.
// It never panics on input, never expands what the file only claims (a
// RangeIndex, a sparse length, a shape) before it is bounded, never trusts the
// offsets of an Arrow buffer, and never writes anything.
//
// # Shapes
//
//   - DataFrame, Series (one column, "0" without a name), Index (its levels).
//   - List of dicts: the columns are the keys in order of first appearance, a
//     missing key is null. List of tuples or lists of one length: columns "0",
//     "1" ... An empty list is a table without rows.
//   - Dict of lists, tuples, arrays, Series or Index of one length; all Series
//     under one index, which comes along. Of a dict (or
//     list) of tables, Options.Select takes one by key ("train"), also through
//     several levels ("frame/float").
//   - numpy array of one dimension (column "0") or two (a column an item of the
//     second axis); structured: a column a field; masked: masked is null. An
//     array of pandas (a Categorical, an IntegerArray ...) alone: column "0".
//   - All else is refused by name ([ErrNotTable]): a Panel, arrays of three and
//     more dimensions, scalars, offsets.
//
// # Columns and index
//
// Columns keep their order, index columns follow. An index is a column under its
// name or, without one or when a column has it, __index_level_0__; a MultiIndex
// is one column a level. Only the default index is dropped: one without a name of
// the integers 0..n-1, as a RangeIndex or written out (an empty one of objects,
// too). An index with a name always comes, so that nothing a person named is lost. Column names
// that are not text are printed as Python prints them; the levels of a
// multi-level name are joined by "_", empty levels left out. Two columns of one
// name are an error unless Options.DedupeColumns.
//
// # Types of typed columns
//
//   - numpy int, uint, bool, float16/32/64: the same in Arrow. NaN in a numpy
//     float column is null (pandas' meaning) unless Options.KeepNaN.
//   - complex: struct<real, imag>. S and V: binary, U and StringDType: utf8, all
//     but V without the padding. Structured items: struct; subarrays: list.
//   - datetime64[s, ms, us, ns]: timestamp of that unit, the zone as its IANA
//     name, "UTC" or "+05:30"; NaT is null. numpy's D, W, M and Y: date32; h and
//     m: timestamp[s]. timedelta64: duration.
//   - Int*, UInt*, Float*, boolean (nullable): the type with nulls; NaN stays a
//     value. string in every storage: utf8.
//   - category: the values, dense. The field's metadata keep pandas.ordered and,
//     up to 1,000 of them, pandas.categories (JSON, in order).
//   - period: its text (2020-01, 2020Q1, 2020-01-06/2020-01-12). interval:
//     struct<left, right>, the closed side in the metadata as pandas.closed.
//     Sparse: dense.
//   - pyarrow-backed: the Arrow type itself, except that large and view text and
//     binary become utf8 and binary, dictionary and run-end encoding their
//     values, list views and large lists list, decimal32/64 decimal128. NaN stays
//     a value. Extension types are their storage; uuid, json and bool8 columns are
//     marked as such. Unions and calendar intervals are refused.
//
// # Types of object columns
//
// None, NaN, NA and NaT are null. The others decide together:
//
//   - str, also with UUID, pathlib paths and Period: utf8. Lone surrogates are an
//     error or U+FFFD (Options.Surrogates). Python 2 str is text by Latin-1, and
//     its bytes where binary is wanted.
//   - bytes, bytearray: binary. bool: bool.
//   - int: int64; all of one numpy width: that width; up to 2^64: uint64; larger:
//     decimal128 or decimal256 without a scale, up to 76 digits.
//   - float: float64, all of one numpy width: that width. With ints when all are
//     exact in float64, else an error.
//   - Decimal, also with ints: the narrowest decimal128 or decimal256 for all.
//   - date: date32; with naive datetimes: timestamp. datetime, Timestamp:
//     timestamp of the finest unit that holds all; one zone: that zone, several:
//     UTC; with and without a zone: an error. time: time64[us]. timedelta:
//     duration.
//   - list, tuple, set, deque, ndarray: list of what the items of all cells give
//     together (NaN is a value in there); arrays of n dimensions nest.
//   - dict: struct of all keys when they are text (up to 256), else map.
//   - complex: struct<real, imag>. Interval: struct<left, right>.
//   - Only nulls: null, unless Options.Want says what they are.
//   - Objects of classes that nobody knows are passed over in columns that are not asked
//     for, and errors, or misfits, in others.
//   - Any other mixture is an error ([ErrMixed]) with the first of each type.
//
// # Wanted types
//
// Options.Want names a type for a column. Conversion never loses anything: ints
// into other widths and floats that hold them, floats into widths that hold them,
// times between units when exact (Options.RoundTimes allows rounding), dates and
// naive midnights, decimals, text, nested types by the same rules. A cell that
// cannot be the type is null and reported as a [Misfit], so that a policy can
// drop its row.
//
// # Bounds
//
// Two bytes of a pickle fetch any value once more, so all that is made of values is
// asked for before it is made, from budgets that grow with the file. 64 MiB + 128 times
// the file's bytes: cells, names (eight times: they are copied), columns and fields of
// types (a kilobyte each), levels of indexes and arrays. 4 Mi + 64 a byte: values looked
// at, on every way that leads to them. 32,768 + one for 16 bytes: columns and fields
// together. 65,536 + 16 a byte: rows. A name has 64 KiB at most, a dtype 4,096 fields
// with those of its fields. Dtypes are read once, however many arrays share one. The
// memory of all columns is bounded by Limits.Output.
//
// # Chunks
//
// Columns come in chunks of at most 65,536 rows and 1 GiB of text, over the
// decoder's own memory where the cells lie in order, of 15 MiB where they are built one
// by one. The chunks of two columns
// need not break at the same rows. [Look] leaves text and bytes in the mapped file
// while it lasts, and copies text batch by batch when it is asked for.
package pandas
