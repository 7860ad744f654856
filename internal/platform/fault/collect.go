package fault

// Fields collects what is wrong with a request, so that all of it is answered at once.
// The zero value is ready.
type Fields struct{ list []Field }

// Add records one wrong value.
func (c *Fields) Add(location, code, message string) {
	c.list = append(c.list, Field{Location: location, Code: code, Message: message})
}

// Check records the value as wrong when ok is false.
func (c *Fields) Check(ok bool, location, code, message string) {
	if !ok {
		c.Add(location, code, message)
	}
}

// Err gives nil when nothing was recorded, otherwise one Invalid fault with every field.
func (c *Fields) Err(code, message string) error {
	if len(c.list) == 0 {
		return nil
	}
	return New(Invalid, code, "%s", message).WithFields(c.list...)
}
