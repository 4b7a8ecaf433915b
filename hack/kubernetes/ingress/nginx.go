package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"text/template"
	"time"
)

//go:embed nginx.conf.tmpl
var configuration string

// stopGrace is how long open connections may take to end after a stop.
const stopGrace = 10 * time.Second

// nginx is the proxy process and its files. Its methods are for one goroutine.
type nginx struct {
	folder  string
	current []byte
	process *exec.Cmd
	ended   chan error // gets one value, when the process has ended
}

func newNginx(folder string) *nginx { return &nginx{folder: folder, ended: make(chan error, 1)} }

// apply makes s the configuration. A configuration that nginx refuses changes
// nothing and is returned as an error with nginx's own words.
func (n *nginx) apply(s site) error {
	content, err := render(n.folder, s)
	if err != nil {
		return err
	}
	if bytes.Equal(content, n.current) {
		return nil
	}
	for _, c := range s.Certificates {
		if err := os.WriteFile(filepath.Join(n.folder, c.Name), c.PEM, 0o600); err != nil {
			return err
		}
	}
	next := filepath.Join(n.folder, "next.conf")
	if err := os.WriteFile(next, content, 0o600); err != nil {
		return err
	}
	if out, err := exec.Command("nginx", "-t", "-q", "-c", next).CombinedOutput(); err != nil { //nolint:noctx // it ends by itself
		return fmt.Errorf("nginx refused the configuration: %w: %s", err, out)
	}
	if err := os.Rename(next, n.path()); err != nil {
		return err
	}
	n.current = content
	if n.process == nil {
		return nil
	}
	return n.process.Process.Signal(syscall.SIGHUP)
}

func (n *nginx) path() string { return filepath.Join(n.folder, "nginx.conf") }

// start runs nginx on the configuration applied last.
func (n *nginx) start() error {
	n.process = exec.Command("nginx", "-c", n.path(), "-g", "daemon off;") //nolint:gosec,noctx // our own folder; stop ends it
	n.process.Stdout, n.process.Stderr = os.Stdout, os.Stderr
	if err := n.process.Start(); err != nil {
		return err
	}
	go func() { n.ended <- n.process.Wait() }()
	return nil
}

// stop lets requests finish for a while, then ends nginx.
func (n *nginx) stop() error {
	if err := n.process.Process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-n.ended:
		return err
	case <-time.After(stopGrace):
		return n.process.Process.Kill()
	}
}

// render is the text of nginx's configuration for s.
func render(folder string, s site) ([]byte, error) {
	t, err := template.New("nginx.conf").Parse(configuration)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, struct {
		Folder string
		site
	}{folder, s})
	return out.Bytes(), err
}
