package validate

// runPlain is run without assembly: it runs lanes until one of them is near its end (-1), or meets what its table
// does not know: which one.
func (t *laneTables) runPlain(buf []byte, all *[lanes]lane) int {
	a, b, c, d := &all[0], &all[1], &all[2], &all[3]
	p0, p1, p2, p3 := a.pos, b.pos, c.pos, d.pos
	k0, k1, k2, k3 := a.k, b.k, c.k, d.k
	s0, s1, s2, s3 := a.state, b.state, c.state, d.state
	n0, n1, n2, n3 := a.blocks, b.blocks, c.blocks, d.blocks
	slow := -1
	for slow < 0 {
		steps := min(int(a.end-p0), int(b.end-p1), int(c.end-p2), int(d.end-p3)) / laneMost
		if steps <= 0 {
			break
		}
		for range steps {
			e := t.look(buf, p0, s0)
			k := k0 + uint(e>>8)
			if k&1023 > 64 {
				slow = 0
				break
			}
			p0 += uint(e & 0xff)
			over := (k + 1984) >> 11
			s0, k0, n0 = t.next[(s0>>16+uint32(over))&31], k&(over-1), n0+over

			e = t.look(buf, p1, s1)
			k = k1 + uint(e>>8)
			if k&1023 > 64 {
				slow = 1
				break
			}
			p1 += uint(e & 0xff)
			over = (k + 1984) >> 11
			s1, k1, n1 = t.next[(s1>>16+uint32(over))&31], k&(over-1), n1+over

			e = t.look(buf, p2, s2)
			k = k2 + uint(e>>8)
			if k&1023 > 64 {
				slow = 2
				break
			}
			p2 += uint(e & 0xff)
			over = (k + 1984) >> 11
			s2, k2, n2 = t.next[(s2>>16+uint32(over))&31], k&(over-1), n2+over

			e = t.look(buf, p3, s3)
			k = k3 + uint(e>>8)
			if k&1023 > 64 {
				slow = 3
				break
			}
			p3 += uint(e & 0xff)
			over = (k + 1984) >> 11
			s3, k3, n3 = t.next[(s3>>16+uint32(over))&31], k&(over-1), n3+over
		}
	}
	a.pos, b.pos, c.pos, d.pos = p0, p1, p2, p3
	a.k, b.k, c.k, d.k = k0, k1, k2, k3
	a.state, b.state, c.state, d.state = s0, s1, s2, s3
	a.blocks, b.blocks, c.blocks, d.blocks = n0, n1, n2, n3
	return slow
}
