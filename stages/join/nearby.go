package join

// Nearby returns a name that exists and that a missing one may have meant, or "".
func (f *Folder) Nearby(name string) string { return "" }
