package server

import (
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
)

// newLogger returns a logger that writes lines for people to a terminal and
// JSON to anything else.
func newLogger(level config.LogLevel, to io.Writer) zerolog.Logger {
	if isTerminal(to) {
		to = zerolog.ConsoleWriter{Out: to, TimeFormat: time.TimeOnly}
	}
	parsed, err := zerolog.ParseLevel(string(level))
	if err != nil {
		parsed = zerolog.InfoLevel
	}
	return zerolog.New(to).Level(parsed).With().Timestamp().Logger()
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
