// Package configs is the configuration of a conversion: one typed struct
// (Config) with its defaults (Default), a strict reader of the YAML it is
// written in (Load, Parse), the checks it must pass (Validate), and the ready
// configurations that come with pickshard (Ready).
//
// Reading is strict and patient: an unknown key, a wrong type or a value that
// cannot work is an error, and all of them are reported at once, each with
// file, line, column and what to write instead. Order in the file is order in
// the output, for splits and for fields.
//
// The package never opens a dataset, never looks at the environment and never
// lets an option change its meaning by what else stands in the file.
package configs
