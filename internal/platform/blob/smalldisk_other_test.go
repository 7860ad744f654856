//go:build !linux

package blob_test

func smallDisk() {}
