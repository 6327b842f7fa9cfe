package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// duePage is how many stories the clock looks at in one read.
const duePage = 200

// CloseDue closes the discussions whose time has come and returns how many.
func (d *Desk) CloseDue(ctx context.Context, site forum.Site) (int, error) {
	closed, now := 0, d.Now()
	return closed, d.eachDue(ctx, site, func(x forum.Story) error {
		if x.Controls.CloseAt.IsZero() || now.Before(x.Controls.CloseAt) {
			return nil
		}
		closed++
		return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
			before, err := tx.TouchStory(ctx, site.ID, x.ID, 0, 0)
			if err != nil || before.Controls.CloseAt.IsZero() || tx.Now.Before(before.Controls.CloseAt) {
				return err
			}
			after := before
			after.State, after.StateReason, after.Controls.CloseAt = forum.StoryClosed, before.Controls.Why, time.Time{}
			_, err = d.cool(ctx, tx, forum.Actor{}, before, after, CooledByClock, before.Controls.Why)
			return err
		})
	})
}

// eachDue calls f for every story for which the clock may have something to do.
func (d *Desk) eachDue(ctx context.Context, site forum.Site, f func(forum.Story) error) error {
	for after := forum.ID(0); ; {
		due, err := d.store.StoriesDue(ctx, site.ID, after, duePage)
		if err != nil {
			return err
		}
		for _, x := range due {
			if err := f(x); err != nil {
				return err
			}
			after = x.ID
		}
		if len(due) < duePage {
			return nil
		}
	}
}

// Reading is the temperature of one discussion.
type Reading struct {
	Story   forum.Story
	Signals forum.Signals
	High    []forum.Signal // which of the signals are high
	Hours   []int          // comments in each of the last 24 hours, the oldest first; for the desk only
}

// worthReading reports whether signals can call for a step at all.
func worthReading(s forum.Signals) bool { return s.Comments >= 10 || s.Reports+s.Same >= 5 }

// measure reads the temperature of the discussions that were lively in the last
// hour, and of those where a step has been taken.
func (d *Desk) measure(ctx context.Context, site forum.Site, now time.Time) ([]Reading, error) {
	signals, err := d.store.Signals(ctx, site.ID, now)
	if err != nil {
		return nil, err
	}
	total := 0
	for _, s := range signals {
		total += s.Comments
	}
	stories := map[forum.ID]forum.Story{}
	var lively []forum.ID
	for id, s := range signals {
		if worthReading(s) {
			lively = append(lively, id)
		}
	}
	if stories, err = d.store.StoriesByID(ctx, site.ID, lively); err != nil {
		return nil, err
	}
	err = d.eachDue(ctx, site, func(x forum.Story) error {
		if x.Controls.Auto != "" {
			stories[x.ID] = x
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	limits := site.Settings.Temperature.Full()
	readings := make([]Reading, 0, len(stories))
	for id, x := range stories {
		s := signals[id]
		mean := float64(total-s.Comments) / float64(max(1, len(signals)-1))
		if s.Usual, err = d.usual(ctx, x, s, mean, now, limits); err != nil {
			return nil, err
		}
		readings = append(readings, Reading{Story: x, Signals: s, High: s.High(limits, 1)})
	}
	slices.SortFunc(readings, func(a, b Reading) int {
		return cmp.Or(len(b.High)-len(a.High), b.Signals.Comments-a.Signals.Comments, cmp.Compare(a.Story.ID, b.Story.ID))
	})
	return readings, nil
}

// usual is how many comments in an hour are usual for a story: as many as it had
// in the day before, or as the site's other stories have now, and never so few
// that a good conversation on a quiet site looks like a storm.
func (d *Desk) usual(ctx context.Context, x forum.Story, s forum.Signals, mean float64, now time.Time, limits forum.Temperature) (float64, error) {
	least := max(mean, float64(limits.Comments)/2)
	if s.Comments < limits.Comments {
		return least, nil
	}
	from, to := now.Add(-25*time.Hour), now.Add(-time.Hour)
	if x.CreatedAt.After(from) {
		from = x.CreatedAt
	}
	hours := to.Sub(from).Hours()
	if hours < 1 {
		return least, nil
	}
	n, err := d.store.CommentsBetween(ctx, x.SiteID, x.ID, from, to)
	return max(least, float64(n)/hours), err
}

// TakeTemperature measures the site's discussions and takes the steps their
// signals call for, up or back down. It returns how many steps it took.
func (d *Desk) TakeTemperature(ctx context.Context, site forum.Site) (int, error) {
	now := d.Now()
	readings, err := d.measure(ctx, site, now)
	if err != nil {
		return 0, err
	}
	steps := 0
	for _, r := range readings {
		if nextStep(site, r, now) == r.Story.Controls.Auto {
			continue
		}
		took, err := d.step(ctx, site, r)
		if err != nil {
			return steps, err
		}
		if took {
			steps++
		}
	}
	return steps, nil
}

// nextStep is the step a reading calls for; none where the desk forbids steps or
// the discussion takes no comments.
func nextStep(site forum.Site, r Reading, now time.Time) string {
	c := r.Story.Controls
	if c.NoAuto || r.Story.State != forum.StoryOpen {
		return ""
	}
	return site.Settings.Temperature.NextStep(r.Signals, c.Auto, c.Since, now)
}

// step takes the step a reading calls for, unless the desk changed the story
// meanwhile.
func (d *Desk) step(ctx context.Context, site forum.Site, r Reading) (took bool, err error) {
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := tx.TouchStory(ctx, site.ID, r.Story.ID, 0, 0)
		if err != nil || SeenControls(before) != SeenControls(r.Story) {
			return err
		}
		after := before
		after.Controls.Auto, after.Controls.Since = nextStep(site, r, tx.Now), tx.Now
		if after.Controls.Auto == "" {
			after.Controls.Since = time.Time{}
		}
		took = true
		_, err = d.cool(ctx, tx, forum.Actor{}, before, after, CooledBySignals, figures(r))
		return err
	})
	return took, err
}

// figures writes what was measured in one line, for the record.
func figures(r Reading) string {
	s := r.Signals
	text := fmt.Sprintf("comments %d (usual %.1f), reports %d (weight %.1f, same network %d), rejected %d of %d, new accounts %d",
		s.Comments, s.Usual, s.Reports, s.Weight, s.Same, s.Rejected, s.Decided, s.New)
	if len(r.High) == 0 {
		return text
	}
	high := make([]string, len(r.High))
	for i, x := range r.High {
		high[i] = string(x)
	}
	return text + "; high: " + strings.Join(high, ", ")
}

// shownReadings is how many discussions the desk's list shows.
const shownReadings = 30

// Temperatures returns the lively discussions of the actor's sections, the
// hottest first.
func (d *Desk) Temperatures(ctx context.Context, site forum.Site, actor forum.Actor) ([]Reading, error) {
	if !forum.May(actor, forum.ActTemperature) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	now := d.Now()
	readings, err := d.measure(ctx, site, now)
	if err != nil {
		return nil, err
	}
	readings = slices.DeleteFunc(readings, func(r Reading) bool { return !actor.Account.In(r.Story.Section) })
	readings = readings[:min(len(readings), shownReadings)]
	for i := range readings {
		if err := d.fillReading(ctx, &readings[i], now); err != nil {
			return nil, err
		}
	}
	return readings, nil
}

// fillReading adds what only the desk sees.
func (d *Desk) fillReading(ctx context.Context, r *Reading, now time.Time) error {
	var err error
	if r.Hours, err = d.store.HoursOfStory(ctx, r.Story.SiteID, r.Story.ID, now, 24); err != nil {
		return err
	}
	r.Signals.Shared, err = d.store.SharedNetwork(ctx, r.Story.SiteID, r.Story.ID, now.Add(-time.Hour))
	return err
}

// StoryDesk is a story as the desk sees it.
type StoryDesk struct {
	Reading
	History []forum.Decision           // about its temperature, the newest first
	By      map[forum.ID]forum.Account // who decided
	Seen    string
}

// shownHistory is how many decisions the page of a story shows.
const shownHistory = 20

// StoryDesk returns a story with its signals and controls.
func (d *Desk) StoryDesk(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (StoryDesk, error) {
	x, err := d.store.Story(ctx, site.ID, id)
	if err != nil {
		return StoryDesk{}, err
	}
	if !forum.MayIn(actor, forum.ActTemperature, x.Section) {
		return StoryDesk{}, forum.Fail(forum.Forbidden, "error.forbidden").Because("section %q", x.Section)
	}
	now := d.Now()
	out := StoryDesk{Reading: Reading{Story: x}, Seen: SeenControls(x)}
	readings, err := d.measure(ctx, site, now)
	if err != nil {
		return out, err
	}
	for _, r := range readings {
		if r.Story.ID == id {
			out.Signals, out.High = r.Signals, r.High
		}
	}
	if err := d.fillReading(ctx, &out.Reading, now); err != nil {
		return out, err
	}
	if out.History, err = d.store.DecisionsOnStory(ctx, site.ID, id, shownHistory); err != nil {
		return out, err
	}
	people := make([]forum.ID, len(out.History))
	for i, x := range out.History {
		people[i] = x.ActorID
	}
	out.By, err = d.store.AccountsByID(ctx, site.ID, people)
	return out, err
}

// SetTemperature changes what the site has decided about steps by measured
// signals.
func (d *Desk) SetTemperature(ctx context.Context, site forum.Site, actor forum.Actor, t forum.Temperature) error {
	if !forum.May(actor, forum.ActManage) {
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := tx.Site(ctx, site.ID)
		if err != nil {
			return err
		}
		before := now.Settings.Temperature.Full()
		now.Settings.Temperature = t
		if err := checkSite(now); err != nil {
			return err
		}
		if err := tx.SetSite(ctx, now); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{
			Action: "settings.change", Object: about("site", site.ID), Reason: "temperature", Before: limitsText(before), After: limitsText(t.Full()),
		})
	})
}

// limitsText writes a site's limits in one line.
func limitsText(t forum.Temperature) string {
	return fmt.Sprintf("most %s, comments %d, reports %g, pace %g, rejected %g, new %g", t.Most, t.Comments, t.Reports, t.Pace, t.Rejected, t.New)
}
