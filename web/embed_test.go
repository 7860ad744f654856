package web_test

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/web"
)

func TestBundleHasAStartPageAndAVersion(t *testing.T) {
	t.Parallel()

	page, err := fs.ReadFile(web.Files(), "index.html")
	require.NoError(t, err)
	require.Contains(t, string(page), "<!doctype html>")

	version, err := web.BundleVersion()
	require.NoError(t, err)
	require.NotEmpty(t, version)
}
