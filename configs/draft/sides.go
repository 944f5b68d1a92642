package draft

// joinSides adds the side tables whose keys join.
func (d *drafting) joinSides(main *finding, all []*finding) {}

// settle takes what was set by hand, and puts the lines into their order.
func (d *drafting) settle() {}
