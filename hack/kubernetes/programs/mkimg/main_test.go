package main

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func TestImageHoldsTheFilesAndTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, []byte("#!/bin/true\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(dir, "image.tar")

	err := run([]string{
		"-t", "localhost/program:1", "-o", archive, "-user", "10001:10001", "-stop-signal", "SIGINT",
		"-env", "A=1", "-entrypoint", "/opt/bin/program", "-entrypoint", "serve", program + "=/opt/bin/program",
	})
	if err != nil {
		t.Fatal(err)
	}

	img, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"opt/ 755 0", "opt/bin/ 755 0", "opt/bin/program 755 0"}
	if got := entries(t, img); !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c := file.Config
	if c.User != "10001:10001" || c.StopSignal != "SIGINT" || !slices.Contains(c.Env, "A=1") {
		t.Errorf("configuration %+v", c)
	}
	if !slices.Equal(c.Entrypoint, []string{"/opt/bin/program", "serve"}) {
		t.Errorf("entry point %q", c.Entrypoint)
	}
}

func TestTheSameFileMakesTheSameImage(t *testing.T) {
	dir := t.TempDir()
	var digests []v1.Hash
	for i := range 2 {
		program := filepath.Join(dir, fmt.Sprint("program", i))
		if err := os.WriteFile(program, []byte("same"), 0o755); err != nil {
			t.Fatal(err)
		}
		img, err := newImage(v1.Config{}, []string{program + "=/program"})
		if err != nil {
			t.Fatal(err)
		}
		digest, err := img.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest)
	}
	if digests[0] != digests[1] {
		t.Errorf("digests differ: %v", digests)
	}
}

func TestMissingFileIsNamed(t *testing.T) {
	err := run([]string{"-t", "localhost/x:1", "-o", filepath.Join(t.TempDir(), "x.tar"), "/nowhere/x=/x"})
	if err == nil {
		t.Fatal("no error")
	}
}

// entries lists name, permissions and owner of everything in an image.
func entries(t *testing.T, img v1.Image) []string {
	t.Helper()
	r := mutate.Extract(img)
	defer r.Close()
	var got []string
	for files := tar.NewReader(r); ; {
		header, err := files.Next()
		if err == io.EOF {
			slices.Sort(got)
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		name := header.Name
		if header.Typeflag == tar.TypeDir {
			name = filepath.Clean(name) + "/"
		}
		got = append(got, fmt.Sprintf("%s %o %d", name, header.Mode, header.Uid))
	}
}
