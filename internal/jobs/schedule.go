package jobs

import (
	"context"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// task is one line of the timetable: what is done for every site, and how often.
type task struct {
	name  string
	every time.Duration
	do    func(context.Context, *desk.Desk, forum.Site) error
}

// timetable is all that runs by the clock. Each task also runs once at start.
var timetable = []task{
	{"index what was posted", 2 * time.Second, index},
	{"move the old index to the lists", 10 * time.Second, foldTerms},
	{"show votes", 10 * time.Second, showVotes},
	{"close discussions", 10 * time.Second, closeDue},
	{"note who was here", 10 * time.Second, noteSeen},
	{"take the temperature", time.Minute, takeTemperature},
	{"trust readers who earned it", time.Minute, trust},
	{"forget what has ended", time.Hour, tidy},
	{"sign the log's end", time.Hour, signHead},
}

// index makes what was posted findable by its words.
func index(ctx context.Context, d *desk.Desk, site forum.Site) error { return d.Index(ctx, site.ID) }

// foldTerms moves what a version before the lists of words has left of its index.
func foldTerms(ctx context.Context, d *desk.Desk, site forum.Site) error {
	return d.FoldTerms(ctx, site.ID)
}

// showVotes brings the scores that pages show and order by up to date.
func showVotes(ctx context.Context, d *desk.Desk, site forum.Site) error {
	_, err := d.RefreshScores(ctx, site.ID)
	return err
}

// noteSeen writes down which sessions were in use.
func noteSeen(ctx context.Context, d *desk.Desk, site forum.Site) error {
	return d.NoteSeen(ctx, site.ID)
}

// closeDue closes the discussions whose time has come.
func closeDue(ctx context.Context, d *desk.Desk, site forum.Site) error {
	_, err := d.CloseDue(ctx, site)
	return err
}

// takeTemperature takes the steps that measured signals call for.
func takeTemperature(ctx context.Context, d *desk.Desk, site forum.Site) error {
	_, err := d.TakeTemperature(ctx, site)
	return err
}

// trustShare is how many accounts are looked at in one go. A site of a million has
// its round in less than four hours, and nobody feels it.
const trustShare = 5000

// trust makes readers trusted.
func trust(ctx context.Context, d *desk.Desk, site forum.Site) error {
	return d.TrustReaders(ctx, site, trustShare)
}

// tidy removes expired sessions and idempotency keys.
func tidy(ctx context.Context, d *desk.Desk, site forum.Site) error { return d.Tidy(ctx, site.ID) }

// signHead signs where a site's log ends.
func signHead(ctx context.Context, d *desk.Desk, site forum.Site) error {
	return d.SignHead(ctx, site)
}
