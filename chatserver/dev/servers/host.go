// Package servers runs private Postgres and Redis servers as child processes,
// for `uim dev` and for tests.
package servers

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Host is where child servers run: whose rights they have and where their
// sockets are. They run as whoever runs us, except that root, whom Postgres
// refuses, hands down to an unprivileged user.
type Host struct {
	PostgresPort, RedisPort int // on 127.0.0.1; zero: Unix sockets alone

	sockets string
	attr    *syscall.SysProcAttr
	uid     int // -1: our own
	gid     int
}

// NewHost returns a Host whose servers can have their data in a folder. Close
// it when they have stopped.
func NewHost(data string) (*Host, error) {
	// Sockets live in a short path of their own: their names have a limit.
	sockets, err := os.MkdirTemp("", "uim-dev-")
	if err != nil {
		return nil, err
	}
	h := &Host{sockets: sockets, uid: -1, attr: &syscall.SysProcAttr{}}
	if os.Geteuid() == 0 {
		err = h.stepDown(data)
	}
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Close removes the sockets.
func (h *Host) Close() error { return os.RemoveAll(h.sockets) }

// stepDown chooses an unprivileged user.
func (h *Host) stepDown(data string) error {
	if !reachable(data) {
		h.attr = namespaced()
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		h.uid, h.gid = uid, gid
		h.attr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return errors.Join(err1, err2, os.Chown(h.sockets, uid, gid))
	}
	return errors.New("there is no unprivileged user to run Postgres as; make one named postgres")
}

// namespaced runs children in a user namespace in which root appears as an
// unprivileged user: for data below a folder, such as /root, that only root enters.
func namespaced() *syscall.SysProcAttr {
	const seenAs = 65534
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: seenAs, HostID: 0, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: seenAs, HostID: 0, Size: 1}},
		Credential:  &syscall.Credential{Uid: seenAs, Gid: seenAs, NoSetGroups: true},
	}
}

// reachable reports whether every folder above path lets other users through.
func reachable(path string) bool {
	for dir := path; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// Own hands a folder and all in it to the servers' user, as private files such as the
// key of a certificate have to be.
func (h *Host) Own(path string) error { return h.folder(path) }

// folder makes a private folder that belongs to the servers' user.
func (h *Host) folder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	if h.uid < 0 {
		return nil
	}
	// Also when it was there: an earlier run may have had another account.
	return filepath.WalkDir(path, func(p string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := os.Lchown(p, h.uid, h.gid); err != nil { //nolint:gosec // Lchown follows no link, and the folder is ours
			return fmt.Errorf("handing %s down: %w", p, err)
		}
		return nil
	})
}
