package hostile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/hostile"
)

func TestTheListIsWhole(t *testing.T) {
	t.Parallel()
	all := hostile.Strings()
	require.Len(t, all, 515)
	require.Contains(t, all, "<script>alert(123)</script>")
}

func ExampleStrings() {
	fmt.Println(slices.Contains(hostile.Strings(), "1;DROP TABLE users"))
	// Output: true
}
