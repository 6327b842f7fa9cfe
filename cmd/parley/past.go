package main

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// The shape of the weeks before the demo's own days, so that its figures have a
// usual day to stand against.
const (
	pastWeeks  = 4
	pastDaily  = 48 // comments a day, give or take a few
	pastStep   = 8  // of so many comments that nobody answered, the desk rejected one
	pastUndone = 24 // of so many rejections, somebody else took one back
)

// pastHours is how a day's comments spread over its hours.
var pastHours = []int{3, 2, 1, 1, 1, 2, 5, 9, 10, 8, 7, 8, 11, 10, 8, 7, 8, 10, 12, 14, 13, 10, 7, 5}

// past returns what readers wrote in the weeks before a day, under pages that no
// front page lists, and what the desk did about it: a discussion for each week.
func (w crowdWords) past(now time.Time) []desk.SeedStory {
	today := now.UTC().Truncate(24 * time.Hour)
	var weeks []desk.SeedStory
	for week := pastWeeks; week >= 1; week-- {
		from := today.AddDate(0, 0, -7*week)
		days := 7
		if week == 1 {
			days = 3 // the demo's own days follow
		}
		r := rand.New(rand.NewPCG(1852, uint64(week)))
		times := pastTimes(r, from, days)
		talk := w.talk(len(times), from)
		for i := range talk {
			talk[i].At, talk[i].Up, talk[i].Down = times[i], talk[i].Up%4, talk[i].Down%2
		}
		judgePast(r, talk)
		weeks = append(weeks, desk.SeedStory{
			Article: desk.Article{
				ExternalID: "past-" + strconv.Itoa(week), Headline: w.Past, Lang: "en", PublishedAt: from, Unlisted: true,
			},
			Comments: talk,
		})
	}
	return weeks
}

// pastTimes returns the instants of the comments of some days, in their order.
func pastTimes(r *rand.Rand, from time.Time, days int) []time.Time {
	sum := 0
	for _, n := range pastHours {
		sum += n
	}
	var times []time.Time
	for day := range days {
		for range pastDaily - 5 + r.IntN(11) {
			at, hour := r.IntN(sum), 0
			for at >= pastHours[hour] {
				at -= pastHours[hour]
				hour++
			}
			at = r.IntN(3600)
			times = append(times, from.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour+time.Duration(at)*time.Second))
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// judgePast lets the desk reject a comment here and there, and sometimes think
// better of it.
func judgePast(r *rand.Rand, talk []desk.SeedComment) {
	answered := map[int]bool{}
	for _, c := range talk {
		answered[c.Parent] = true
	}
	reasons, reports := forum.RejectReasons(), forum.Reasons()
	for i := range talk {
		if answered[i] || r.IntN(pastStep) > 0 {
			continue
		}
		c := &talk[i]
		c.Reason, c.Undone = reasons[min(r.IntN(8), r.IntN(8))], r.IntN(pastUndone) == 0
		c.Reports = []desk.SeedReport{{Reason: reports[r.IntN(len(reports))]}}
		if !c.Undone {
			c.State = forum.Rejected
		}
	}
}
