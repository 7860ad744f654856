package bench

// All lists the measurements in the order of the help text.
func All() []Bench { return []Bench{benchStart(), benchOutbox(), benchTimer()} }

// Loads lists the load generators.
func Loads() []Load { return []Load{loadHTTP(), loadLive(), loadOutbox(), loadTimer()} }
