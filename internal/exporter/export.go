package exporter

import (
	"context"
	"fmt"
	"io"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// Month writes the statements of reasons of a site's month, one a line, and
// returns how many. title gives the words of a reason's code.
func Month(ctx context.Context, w io.Writer, d *desk.Desk, site forum.Site, month time.Time, say Words, title func(code string) string) (int, error) {
	n := 0
	err := d.Restrictions(ctx, site, month, func(x desk.Restriction) error {
		if err := WriteStatement(w, StatementOf(factsOf(site, x, title), say)); err != nil {
			return fmt.Errorf("decision %s: %w", x.Decision.ID, err)
		}
		n++
		return nil
	})
	return n, err
}

// factsOf takes from a decision what a statement may say. The note to the author
// and everything that names somebody stay behind.
func factsOf(site forum.Site, x desk.Restriction, title func(string) string) Facts {
	d := x.Decision
	f := Facts{
		Site: site.Slug, Decision: d.ID, Reason: d.Reason, Title: title(d.Reason), Lang: x.Lang,
		WrittenAt: x.WrittenAt, DecidedAt: d.CreatedAt, Detected: d.Automated || d.RuleID != 0,
	}
	if reason, ok := site.Settings.Reason(d.Reason); ok {
		f.Category, f.Illegal = reason.Category, reason.Illegal
	}
	switch d.Verb {
	case forum.Suspend:
		f.Account, f.AccountEnd = Suspended, d.Until
	case forum.Ban:
		f.Account = Terminated
	case forum.AlwaysHold:
		f.Account = Supervised
	default:
		f.Verb = d.Verb
	}
	switch d.Source {
	case forum.SourceReport:
		f.Source = Reported
	case forum.SourceNotice:
		f.Source = Notified
	}
	switch {
	case d.Automated:
		f.Automation = Fully
	case d.RuleID != 0:
		f.Automation = Partly
	}
	return f
}
