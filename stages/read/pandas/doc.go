// Package pandas turns pickled tables into Arrow tables: pandas DataFrames and
// Series of every pandas since 0.7, lists of dicts or tuples, dicts of lists,
// numpy arrays.
//
// It works on the inert values of package pickle, so nothing is imported or
// executed and the versions of pandas, numpy and Python that wrote a file do not
// matter. It never decides by trial: each column has one type by a stated rule,
// and a column that no rule covers is an error that names column, row and types.
package pandas
