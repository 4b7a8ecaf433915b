package chatserver

import (
	"errors"
	"io"
	"os"

	"uim.dev/uim/chatserver/telemetry"
)

// Switch is a setting that is on or off.
type Switch bool

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Switch) UnmarshalText(text []byte) error {
	switch string(text) {
	case "on", "true", "1":
		*s = true
	case "off", "false", "0":
		*s = false
	default:
		return errors.New("want on or off")
	}
	return nil
}

// LogOutput opens what the server's log is written to.
func (c Config) LogOutput() (io.WriteCloser, error) {
	if c.LogFile == "" {
		return standardOutput{os.Stdout}, nil
	}
	return telemetry.OpenLogFile(telemetry.LogFile{Path: c.LogFile, MaxMB: c.LogFileMaxMB, Backups: c.LogFileBackups, KeepDays: c.LogFileDays})
}

// standardOutput stays open.
type standardOutput struct{ io.Writer }

// Close implements io.Closer.
func (standardOutput) Close() error { return nil }
