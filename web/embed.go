// Package web holds the built web client. `npm run build` fills dist; on a
// checkout without a build the file system is empty but for a placeholder.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is the built client: index.html, and assets/ whose names carry a hash of
// their content.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil { // only for an invalid path, and this one is constant
		panic(err)
	}
	return sub
}

// Built reports whether the binary was made with the client in it.
func Built() bool {
	_, err := fs.Stat(Dist(), "index.html")
	return err == nil
}
