package jobs

import (
	"context"

	"parley/internal/desk"
	"parley/internal/forum"
)

// kinds maps what a queued job is called to the verb of the desk that does it.
var kinds = map[forum.JobKind]step{
	desk.JobErase: func(ctx context.Context, d *desk.Desk, site forum.Site, j *forum.Job) (bool, error) {
		return d.EraseStep(ctx, site, j)
	},
	desk.JobRehearse: func(ctx context.Context, d *desk.Desk, site forum.Site, j *forum.Job) (bool, error) {
		return d.RehearseStep(ctx, site, j)
	},
	desk.JobBulk:    bulk,
	desk.JobUndo:    undo,
	desk.JobMail:    sendMail,
	desk.JobDigest:  sendDigest,
	desk.JobAlert:   sendAlert,
	desk.JobWebhook: callWebhook,
	desk.JobSweep: func(ctx context.Context, d *desk.Desk, site forum.Site, j *forum.Job) (bool, error) {
		return d.SweepStep(ctx, site, j)
	},
}
