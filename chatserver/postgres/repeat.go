package postgres

import (
	"context"
	"time"
)

// repeat runs a round now and at each interval until ctx ends, and tells of each
// trouble once, not at each try.
func repeat(ctx context.Context, interval time.Duration, round func(context.Context) error, tell func(error)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for told := ""; ; {
		err := round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			told = ""
		case err.Error() != told:
			told = err.Error()
			tell(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
