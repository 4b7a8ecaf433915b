package telemetry

import (
	"fmt"
	"io"
	"os"

	"gopkg.in/natefinch/lumberjack.v2"
)

// LogFile says where a log goes that is kept on disk, and how much of it.
type LogFile struct {
	Path     string
	MaxMB    int // size at which a new file is begun
	Backups  int // old files kept; 0: as many as Days allows
	KeepDays int // how long; 0: for ever
}

// OpenLogFile opens a log that rotates by itself. Old files lie beside it, with
// the time of their end in their names. Only the owner may read them.
func OpenLogFile(f LogFile) (io.WriteCloser, error) {
	// Loggers drop what can't be written, so that a wrong path has to be told now.
	probe, err := os.OpenFile(f.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		err = probe.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("opening the log file: %w", err)
	}
	return &lumberjack.Logger{Filename: f.Path, MaxSize: f.MaxMB, MaxBackups: f.Backups, MaxAge: f.KeepDays}, nil
}
