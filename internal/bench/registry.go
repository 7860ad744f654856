package bench

// All lists the measurements in the order of the help text.
func All() []Bench {
	return []Bench{benchStart(), benchOutbox(), benchTimer(), benchPeople(), benchVoice(), benchQueue(), benchRouting()}
}

// Loads lists the load generators.
func Loads() []Load {
	return []Load{loadHTTP(), loadLists(), loadLive(), loadOutbox(), loadTimer(), loadWrites()}
}
