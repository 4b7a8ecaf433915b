package dev

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom the child servers run as: whoever runs us, except that root,
// whom Postgres refuses, hands down to an unprivileged user.
type account struct {
	attr *syscall.SysProcAttr
	uid  int // -1: our own
	gid  int
}

// newAccount decides whom to run as, such that it can reach both folders.
func newAccount(data, sockets string) (*account, error) {
	if os.Geteuid() != 0 {
		return &account{attr: &syscall.SysProcAttr{}, uid: -1}, nil
	}
	if !reachable(data) {
		return namespaceAccount(), nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2, os.Chown(sockets, uid, gid)); err != nil {
			return nil, err
		}
		return &account{uid: uid, gid: gid, attr: &syscall.SysProcAttr{
			Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)},
		}}, nil
	}
	return nil, errors.New("there is no unprivileged user to run Postgres as; make one named postgres")
}

// namespaceAccount runs children in a user namespace in which root appears as an
// unprivileged user: for data below a folder, such as /root, that only root enters.
func namespaceAccount() *account {
	const seenAs = 65534
	return &account{uid: -1, attr: &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: seenAs, HostID: 0, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: seenAs, HostID: 0, Size: 1}},
		Credential:  &syscall.Credential{Uid: seenAs, Gid: seenAs, NoSetGroups: true},
	}}
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

// folder makes a private folder that belongs to the account.
func (a *account) folder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	if a.uid < 0 {
		return nil
	}
	// Also when it was there: an earlier run may have had another account.
	return filepath.WalkDir(path, func(p string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := os.Lchown(p, a.uid, a.gid); err != nil {
			return fmt.Errorf("handing %s down: %w", p, err)
		}
		return nil
	})
}
