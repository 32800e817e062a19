package ops

import (
	"context"
	"io"

	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/ops/doctor"
)

// DoctorOptions say what Doctor checks and how it prints.
type DoctorOptions = doctor.Options

// Doctor checks the installation that the environment describes, and prints what it finds; see
// [doctor.Examine]. It fails if something has to be put right, a wrong configuration included.
func Doctor(ctx context.Context, out io.Writer, o DoctorOptions) error {
	cfg, err := config.Read()
	known := []string{}
	for _, scope := range asked() {
		known = append(known, scope.Name)
	}
	return doctor.Examine(ctx, out, doctor.Case{Config: cfg, Err: err, Scopes: Scopes(cfg.Admins, cfg.Requesters), Known: known}, o)
}
