package telemetry_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"uim.dev/uim/chatserver/telemetry"
)

func logFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "uim*.log"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestALogFileRotates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "uim.log")
	if err := os.WriteFile(path, []byte("from before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := telemetry.OpenLogFile(telemetry.LogFile{Path: path, MaxMB: 1, Backups: 2})
	if err != nil {
		t.Fatal(err)
	}
	log, err := telemetry.NewLogger(out, "info", "json")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("It began")
	if text, err := os.ReadFile(path); err != nil || !bytes.HasPrefix(text, []byte("from before\n{")) {
		t.Errorf("the file holds %.60q, %v", text, err)
	}
	long := strings.Repeat("x", 600<<10)
	for range 8 {
		log.Info("It went on", "text", long)
	}
	require.Eventually(t, func() bool { return len(logFiles(t, dir)) == 3 }, 20*time.Second, 10*time.Millisecond,
		"in the background old files are removed but for two")
	for _, name := range logFiles(t, dir) {
		info, err := os.Stat(name)
		if err != nil || info.Size() > 1<<20 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if err := out.Close(); err != nil {
		t.Error(err)
	}
}

func TestALogFileThatCanNotBeWrittenIsToldAtOnce(t *testing.T) {
	t.Parallel()
	if _, err := telemetry.OpenLogFile(telemetry.LogFile{Path: filepath.Join(t.TempDir(), "missing", "uim.log")}); err == nil {
		t.Error("it was opened")
	}
}
