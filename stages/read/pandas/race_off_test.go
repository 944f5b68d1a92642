//go:build !race

package pandas

const slowness = 1
