package coverage_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"yingda/test/coverage"
)

// TestListMatchesSourceTree is the gate: it runs the rules over the real list and tree.
func TestListMatchesSourceTree(t *testing.T) {
	t.Parallel()

	const root = "../.."
	text, err := os.ReadFile(root + "/" + coverage.File)
	require.NoError(t, err)
	rows, err := coverage.Parse(text)
	require.NoError(t, err)

	for _, p := range coverage.Validate(os.DirFS(root), coverage.Sections(), rows) {
		t.Error(p)
	}
}

func TestCatalogueHoldsEveryRequirement(t *testing.T) {
	t.Parallel()

	sum := 0
	for _, s := range coverage.Sections() {
		sum += s.Size
	}
	require.Equal(t, 570, sum)
}

// tree is a small source tree in which every name that row uses exists.
func tree() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"internal/voice/ivr/ivr_test.go":      file("package ivr\n\nfunc TestOne(t *testing.T) {\n\tfunc TestInside() {}\n}\n\n// func TestComment(t *testing.T)\n"),
		"internal/voice/ivr/ivr.go":           file("package ivr\n\nfunc TestNotInTestFile() {}\n"),
		"internal/voice/ivr/deep/d_test.go":   file("package deep\n\nfunc TestDeep(t *testing.T) {}\n"),
		"test/e2e/call_test.go":               file("func TestCall(t *testing.T) {}\n"),
		"web/src/app/routes.tsx":              file(`createRoute({ path: '/desk' })`),
		"web/src/app/routes.test.tsx":         file(`expect('/only-in-test')`),
		"web/src/features/desk/desk.test.tsx": file(`it("shows the customer", () => {})`),
		"docs/coverage.csv":                   file(""),
	}
}

// row is correct against tree; the cases below break one thing each.
func row(change func(*coverage.Row)) coverage.Row {
	r := coverage.Row{
		ID: "A-1", Section: "A", Wording: "A call is answered.", State: coverage.Built,
		Package: "voice/ivr", Tests: []string{"internal/voice/ivr.TestOne"},
	}
	if change != nil {
		change(&r)
	}
	return r
}

// problems validates the rows against a catalogue of one section with size ids.
func problems(size int, rows ...coverage.Row) []string {
	var texts []string
	for _, p := range coverage.Validate(tree(), []coverage.Section{{Letter: "A", Title: "First", Size: size}}, rows) {
		texts = append(texts, p.String())
	}
	return texts
}

func TestValidateAcceptsGoodRows(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(*coverage.Row){
		"built with Go test":        nil,
		"built with scenario":       func(r *coverage.Row) { r.Tests = []string{"test/e2e.TestCall"} },
		"built with web test":       func(r *coverage.Row) { r.Tests = []string{`web/src/features/desk/desk.test.tsx: "shows the customer"`} },
		"built with several tests":  func(r *coverage.Row) { r.Tests = append(r.Tests, "test/e2e.TestCall") },
		"built page":                func(r *coverage.Row) { r.Package = "page:/desk" },
		"built in docs":             func(r *coverage.Row) { r.Package = "docs" },
		"partly, no test yet":       func(r *coverage.Row) { r.State, r.Reason, r.Tests = coverage.Partly, "half", nil },
		"open, package yet to come": func(r *coverage.Row) { r.State, r.Package, r.Tests = coverage.Open, "hall", nil },
		"open, page yet to come":    func(r *coverage.Row) { r.State, r.Package, r.Tests = coverage.Open, "page:/halls/$id", nil },
		"out of scope with reason":  func(r *coverage.Row) { r.State, r.Reason, r.Tests = coverage.OutOfScope, "paper", nil },
		"wording of 140 Chinese":    func(r *coverage.Row) { r.Wording = strings.Repeat("应", 140) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Empty(t, problems(1, row(change)))
		})
	}
}

func TestValidateFindsEachFault(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		change func(*coverage.Row)
		want   string
	}{
		"unknown state":          {func(r *coverage.Row) { r.State = "done" }, `A-1: has unknown state "done"`},
		"other section":          {func(r *coverage.Row) { r.Section = "B" }, `A-1: stands in section "B"`},
		"no wording":             {func(r *coverage.Row) { r.Wording = " " }, "A-1: has no wording"},
		"wording too long":       {func(r *coverage.Row) { r.Wording = strings.Repeat("x", 141) }, "A-1: wording has 141 characters, at most 140 allowed"},
		"partly without reason":  {func(r *coverage.Row) { r.State = coverage.Partly }, "A-1: is partly but gives no reason"},
		"out without reason":     {func(r *coverage.Row) { r.State, r.Tests = coverage.OutOfScope, nil }, "A-1: is out-of-scope but gives no reason"},
		"built without test":     {func(r *coverage.Row) { r.Tests = nil }, "A-1: is built but names no test"},
		"open with test":         {func(r *coverage.Row) { r.State = coverage.Open }, "A-1: is open but names a test"},
		"test not found":         {func(r *coverage.Row) { r.Tests = []string{"internal/voice/ivr.TestTwo"} }, "A-1: no test TestTwo in internal/voice/ivr"},
		"test name is a prefix":  {func(r *coverage.Row) { r.Tests = []string{"internal/voice/ivr.TestOn"} }, "A-1: no test TestOn in internal/voice/ivr"},
		"test only in a comment": {func(r *coverage.Row) { r.Tests = []string{"internal/voice/ivr.TestComment"} }, "A-1: no test TestComment in internal/voice/ivr"},
		"test inside a function": {func(r *coverage.Row) { r.Tests = []string{"internal/voice/ivr.TestInside"} }, "A-1: no test TestInside in internal/voice/ivr"},
		"test in plain file":     {func(r *coverage.Row) { r.Tests = []string{"internal/voice/ivr.TestNotInTestFile"} }, "A-1: no test TestNotInTestFile in internal/voice/ivr"},
		"test in folder below":   {func(r *coverage.Row) { r.Tests = []string{"internal/voice/ivr.TestDeep"} }, "A-1: no test TestDeep in internal/voice/ivr"},
		"second test not found":  {func(r *coverage.Row) { r.Tests = append(r.Tests, "test/e2e.TestHall") }, "A-1: no test TestHall in test/e2e"},
		"partly, test not found": {func(r *coverage.Row) {
			r.State, r.Reason, r.Tests = coverage.Partly, "half", []string{"test/e2e.TestHall"}
		}, "A-1: no test TestHall in test/e2e"},
		"web test not found":    {func(r *coverage.Row) { r.Tests = []string{`web/src/features/desk/desk.test.tsx: "hides"`} }, `A-1: no test "hides" in web/src/features/desk/desk.test.tsx`},
		"web file not found":    {func(r *coverage.Row) { r.Tests = []string{`web/src/a.test.ts: "hides"`} }, `A-1: no test "hides" in web/src/a.test.ts`},
		"test of no known form": {func(r *coverage.Row) { r.Tests = []string{"TestOne"} }, `A-1: test "TestOne" is neither folder.TestName nor web/file.test.ts: "name"`},
		"no package":            {func(r *coverage.Row) { r.Package = "" }, `A-1: package "" is neither a folder nor page:/route`},
		"package leaves tree":   {func(r *coverage.Row) { r.Package = "../other" }, `A-1: package "../other" is neither a folder nor page:/route`},
		"package not found":     {func(r *coverage.Row) { r.Package = "hall" }, "A-1: no folder internal/hall"},
		"package is a file":     {func(r *coverage.Row) { r.Package = "voice/ivr/ivr" }, "A-1: no folder internal/voice/ivr/ivr"},
		"page not found":        {func(r *coverage.Row) { r.Package = "page:/hall" }, "A-1: no page at /hall"},
		"page only in a test":   {func(r *coverage.Row) { r.Package = "page:/only-in-test" }, "A-1: no page at /only-in-test"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, []string{tt.want}, problems(1, row(tt.change)))
		})
	}
}

func TestValidateFindsFaultsBetweenRows(t *testing.T) {
	t.Parallel()

	named := func(id, wording string) coverage.Row {
		return row(func(r *coverage.Row) { r.ID, r.Wording = id, wording })
	}

	require.Equal(t, []string{"A-1: has two rows"},
		problems(2, named("A-1", "One."), named("A-1", "Once more."), named("A-2", "Two.")))
	require.Equal(t, []string{"A-2: has no row"},
		problems(3, named("A-1", "One."), named("A-3", "Three.")))
	require.Equal(t, []string{"A-1: is out of order"},
		problems(2, named("A-2", "Two."), named("A-1", "One.")))
	require.Equal(t, []string{"A-2: has the same wording as A-1"},
		problems(2, named("A-1", "Same."), named("A-2", "Same.")))
	require.Equal(t, []string{"A-3: is not an id of the catalogue"},
		problems(2, named("A-1", "One."), named("A-2", "Two."), named("A-3", "Three.")))
	require.Equal(t, []string{"(no id): is not an id of the catalogue"},
		problems(1, named("A-1", "One."), named("", "None.")))
}
