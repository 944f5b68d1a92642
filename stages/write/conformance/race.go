//go:build race

package conformance

// underRace says that the race detector runs.
const underRace = true
