package engine

// Lines says how many lines there are.
func Lines(e *Engine) int { return len(e.lines) }
