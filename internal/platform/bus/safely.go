package bus

import (
	"fmt"
	"runtime/debug"
)

// safely turns a panic of a handler into an error.
func safely[T any](fn func() (T, error)) (result T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return fn()
}
