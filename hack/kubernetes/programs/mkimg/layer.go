package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// newLayer makes the layer that one argument asks for: SOURCE=/TARGET puts one
// file there, anything else names a tar file with a whole tree.
func newLayer(argument string) (v1.Layer, error) {
	source, target, ok := strings.Cut(argument, "=")
	if !ok {
		return tarball.LayerFromFile(argument)
	}
	content, err := fileTar(source, target)
	if err != nil {
		return nil, fmt.Errorf("layer of %s: %w", source, err)
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	})
}

// fileTar is a tar with the file source at target and the folders above it, all
// owned by root and dated zero, so that the same file makes the same layer.
func fileTar(source, target string) ([]byte, error) {
	content, err := os.ReadFile(source)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(source)
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(path.Clean(target), "/")
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, folder := range foldersAbove(name) {
		if err := w.WriteHeader(&tar.Header{Name: folder + "/", Typeflag: tar.TypeDir, Mode: 0o755}); err != nil {
			return nil, err
		}
	}
	header := &tar.Header{Name: name, Mode: mode(info), Size: int64(len(content))}
	if err := w.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// mode lets everyone read the file, and run it if its owner may, whatever the
// umask of the work tree: the container runs as another user.
func mode(info os.FileInfo) int64 {
	if info.Mode()&0o100 != 0 {
		return 0o755
	}
	return 0o644
}

// foldersAbove lists the folders that name lies in, the outermost first.
func foldersAbove(name string) []string {
	var folders []string
	for i, c := range name {
		if c == '/' {
			folders = append(folders, name[:i])
		}
	}
	return folders
}
