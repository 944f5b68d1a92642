//go:build race

package pandas

// slowness is how much longer the race detector makes things take.
const slowness = 10
