//go:build !amd64

package validate

func (t *laneTables) run(buf []byte, all *[lanes]lane) int { return t.runPlain(buf, all) }
