package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// clockTick is the unit of times in /proc: 1/100 s on every Linux (USER_HZ).
const clockTick = 0.01

// process is another program whose costs are read from /proc.
type process int

// seconds returns the processor time that a process and its children, those
// that have ended too, have used.
func (p process) seconds() (float64, error) {
	fields, err := p.stat()
	if err != nil {
		return 0, err
	}
	ticks := 0.0
	for _, f := range fields[11:15] { // utime, stime, and those of children that have ended
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	total := ticks * clockTick
	for _, child := range p.children() {
		s, err := child.seconds()
		if err == nil { // else it has ended meanwhile
			total += s
		}
	}
	return total, nil
}

// stat returns the fields of /proc/PID/stat after the name, which may hold spaces.
func (p process) stat() ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])), nil
}

func (p process) children() []process {
	var found []process
	paths, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p))
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		for f := range strings.FieldsSeq(string(text)) {
			if id, err := strconv.Atoi(f); err == nil {
				found = append(found, process(id))
			}
		}
	}
	return found
}

// memory returns the resident size in bytes.
func (p process) memory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
