package coverage

import "fmt"

// Section is one chapter of the requirement catalogue. Its ids run without a gap from 1 to Size.
type Section struct {
	Letter string
	Title  string
	Size   int
}

// Sections returns the chapters of the catalogue in order.
//
// The sizes are written down here on purpose: a requirement that quietly leaves the
// CSV file would otherwise never be missed by anyone.
func Sections() []Section {
	return []Section{
		{"A", "Core customer service", 72},
		{"B", "Local customer data", 29},
		{"C", "Tiered service", 25},
		{"D", "Knowledge base", 63},
		{"E", "Operations management", 43},
		{"F", "Outbound", 29},
		{"G", "Work orders", 18},
		{"H", "Three levels", 20},
		{"I", "Complaints and appeals", 22},
		{"J", "Business halls", 41},
		{"K", "Enterprise support", 55},
		{"L", "Identity and privacy", 24},
		{"M", "Satisfaction and standards", 30},
		{"N", "Electronic channels", 15},
		{"O", "VIP and loyalty", 19},
		{"P", "Internal control", 14},
		{"Q", "Architecture and capacity", 12},
		{"R", "Field work", 4},
		{"S", "Partners and products", 6},
		{"T", "Conduct and wording", 7},
		{"U", "Service framework", 14},
		{"V", "Customer analysis", 8},
	}
}

// ids lists every id of the section, in order.
func (s Section) ids() []string {
	ids := make([]string, s.Size)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%d", s.Letter, i+1)
	}
	return ids
}
