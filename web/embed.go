// Package web carries the built front end inside the binary.
//
// The folder dist is the output of "npm run build", or the placeholder of "npm run fake-assets" that lets
// Go code be built and tested without Node. Either way it holds index.html and bundle.json, which names
// the version that the bundle was built for, so that a binary can refuse a bundle of another version.
package web

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files returns the built front end; index.html is at its root.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		// fs.Sub fails only on an invalid path, and "dist" is a constant.
		panic(err)
	}
	return files
}

// BundleVersion returns the version that the embedded front end was built for.
func BundleVersion() (string, error) {
	raw, err := fs.ReadFile(dist, "dist/bundle.json")
	if err != nil {
		return "", fmt.Errorf("read the version of the web bundle: %w", err)
	}
	var bundle struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(raw, &bundle); err != nil {
		return "", fmt.Errorf("parse the version of the web bundle: %w", err)
	}
	if bundle.Version == "" {
		return "", errors.New("the web bundle names no version")
	}
	return bundle.Version, nil
}
