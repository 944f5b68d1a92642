package pipeline

// Embedded is Images that stand in the records themselves: who builds on another machine
// gets their bytes with the plan.
type Embedded interface {
	Images
	// Embedded says whether they do.
	Embedded() bool
}

// Embedded says whether a field's images stand in the records.
func (c *ImageColumn) Embedded() bool {
	e, ok := c.Images.(Embedded)
	return ok && e.Embedded()
}

// Quarantines says whether records may be quarantined.
func (s *Spec) Quarantines() bool {
	if s.Policy == PolicyQuarantine {
		return true
	}
	for i := range s.Rules {
		if s.Rules[i].Severity == SeverityQuarantine {
			return true
		}
	}
	return false
}
