package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/fault"
)

var errClosed = fault.New(fault.Conflict, "workorder.already_closed", "the work order is closed")

func TestKindOfClassifiesAnyError(t *testing.T) {
	t.Parallel()
	require.Equal(t, fault.Conflict, fault.KindOf(fmt.Errorf("close: %w", errClosed)))
	require.Equal(t, fault.Unavailable, fault.KindOf(fmt.Errorf("query: %w", context.DeadlineExceeded)))
	require.Equal(t, fault.Internal, fault.KindOf(errors.New("boom")))
}

func TestFaultIsFoundByCodeAndKeepsItsCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("row locked")
	err := fmt.Errorf("close: %w", errClosed.WithCause(cause).WithRemedy("open it again first"))
	require.ErrorIs(t, err, errClosed)
	require.ErrorIs(t, err, cause)
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Equal(t, "open it again first", f.Remedy)
	require.Empty(t, errClosed.Remedy, "the sentinel is not changed by its copies")
}

func TestFieldsAnswersEverythingAtOnce(t *testing.T) {
	t.Parallel()
	var c fault.Fields
	require.NoError(t, c.Err("x.invalid", "wrong"))
	c.Check(true, "body.a", "required", "a is missing")
	c.Check(false, "body.b", "required", "b is missing")
	c.Add("body.c", "too_long", "c is too long")
	f, ok := fault.As(c.Err("x.invalid", "wrong"))
	require.True(t, ok)
	require.Len(t, f.Fields, 2)
}

func ExampleNew() {
	err := fault.New(fault.NotFound, "notify.no_such_message", "no message %s", "42").
		WithRemedy("look in the list of sent messages")
	fmt.Println(fault.KindOf(err), err)
	// Output: not_found notify.no_such_message: no message 42
}
