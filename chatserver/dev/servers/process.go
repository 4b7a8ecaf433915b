package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

const stopTimeout = 15 * time.Second

// Process is a child server. It ends when Stop is called, or with us.
type Process struct {
	name    string
	logPath string
	signal  syscall.Signal // asks it to end
	command *exec.Cmd
	exited  chan struct{} // closed when it has ended; err is then set
	err     error
}

// Program is something to run as a child.
type Program struct {
	Name    string // for people
	LogPath string // its output is added to this file
	Path    string
	Args    []string
	Env     []string       // nil: ours
	Signal  syscall.Signal // asks it to end; SIGTERM when zero
	attr    *syscall.SysProcAttr
}

// start runs a program with the host's rights.
func (h *Host) start(name, logPath string, signal syscall.Signal, program string, args ...string) (*Process, error) {
	return Start(Program{Name: name, LogPath: logPath, Path: program, Args: args, Signal: signal, attr: h.attr})
}

// Start runs a program with its output in a log file; without a host's rights it
// has our own.
func Start(program Program) (*Process, error) {
	name := program.Name
	if program.Signal == 0 {
		program.Signal = syscall.SIGTERM
	}
	log, err := os.OpenFile(program.LogPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	p := &Process{name: name, logPath: program.LogPath, signal: program.Signal, exited: make(chan struct{})}
	p.command = exec.Command(program.Path, program.Args...) //nolint:noctx,gosec // it must outlive the context, to be stopped in order; the caller says what to run
	p.command.Stdout, p.command.Stderr = log, log
	p.command.Dir, p.command.Env = "/", program.Env
	var attr syscall.SysProcAttr
	if program.attr != nil {
		attr = *program.attr
	}
	attr.Setpgid = true             // Ctrl-C reaches us alone; we stop the children in order
	attr.Pdeathsig = program.Signal // and if we are killed they end as well
	p.command.SysProcAttr = &attr

	started := make(chan error)
	go func() {
		// The death signal follows the thread that started the child, so that
		// thread has to live as long as the child.
		runtime.LockOSThread()
		err := p.command.Start()
		started <- err
		if err == nil {
			p.err = p.command.Wait()
			close(p.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return p, nil
}

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Await polls until ready succeeds; it gives up when the process ends or ctx does.
func (p *Process) Await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return errors.Join(fmt.Errorf("%s ended", p.name), p.Tail())
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s did not get ready: %w", p.name, err), p.Tail())
		case <-ticker.C:
		}
	}
}

// Stop asks the process to end, and makes it end if it does not.
func (p *Process) Stop() error {
	_ = p.command.Process.Signal(p.signal)
	select {
	case <-p.exited:
		return nil
	case <-time.After(stopTimeout):
		_ = p.command.Process.Kill()
		<-p.exited
		return fmt.Errorf("%s had to be killed", p.name)
	}
}

// PID returns the id of the process.
func (p *Process) PID() int { return p.command.Process.Pid }

// Tail returns the end of the log, as an error to be shown.
func (p *Process) Tail() error {
	text, err := os.ReadFile(p.logPath)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("%s says, in %s:\n%s", p.name, p.logPath, strings.Join(lines[max(0, len(lines)-10):], "\n"))
}

// Signal sends the process a signal, e.g. to pause or kill it.
func (p *Process) Signal(s syscall.Signal) error { return p.command.Process.Signal(s) }

// find returns the first of some programs that is installed, on the PATH or in
// one of the folders that a pattern matches (the newest first).
func find(pattern string, programs ...string) (string, error) {
	dirs, _ := filepath.Glob(pattern)
	slices.Sort(dirs)
	slices.Reverse(dirs)
	for _, program := range programs {
		for _, dir := range dirs {
			if path, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
				return path, nil
			}
		}
		if path, err := exec.LookPath(program); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed; on Debian or Ubuntu: apt-get install postgresql redis-server", strings.Join(programs, " or "))
}
