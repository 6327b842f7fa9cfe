package store

import (
	"context"
	"errors"
	"math"
	"slices"
	"sort"

	"parley/internal/forum"
)

// place is where a comment stands on a way through all of them: the greater, the
// sooner one comes by. From the newest on it is the id, from the oldest on what is
// left of it below zero.
type place int64

// nowhere is beyond the end of every way.
const nowhere place = math.MinInt64

// way is in which direction comments are looked through.
type way bool

const (
	fromNewest way = false
	fromOldest way = true
)

// place returns where a comment stands, and id whose place it is.
func (w way) place(id forum.ID) place {
	if w == fromOldest {
		return place(-id)
	}
	return place(id)
}

func (w way) id(p place) forum.ID {
	if w == fromOldest {
		return forum.ID(-p)
	}
	return forum.ID(p)
}

// start is the place from which one looks on, behind a comment; zero: from the
// beginning.
func (w way) start(behind forum.ID) place {
	if behind == 0 && w == fromNewest {
		return maxID
	}
	return w.place(behind) - 1
}

// trail is comments that stand along a way.
type trail interface {
	// at returns the place of the first comment at p or behind it, or nowhere. It is
	// errSpent if it would have to read more than may be read.
	at(ctx context.Context, p place) (place, error)
	// density is how many comments a place has from p on, about, as far as was read,
	// and whether that is to its end.
	density(p place) (float64, bool)
}

// errSpent says that a search has read as much as one may.
var errSpent = errors.New("a search has read enough")

// purse is how many blocks a search may still read.
type purse int

// spend takes blocks out of a purse.
func (p *purse) spend(blocks int) error {
	if *p < purse(blocks) {
		return errSpent
	}
	*p -= purse(blocks)
	return nil
}

const (
	// searchBlocks is how many blocks one search reads at most: a word's 15,000
	// comments and more.
	searchBlocks = 192
	// runBlocks is how many blocks one statement reads at most.
	runBlocks = 16
	// runIDs is how many comments are as much as a block where comments are read
	// themselves.
	runIDs = 128
)

// run is a trail that is read piece by piece.
type run struct {
	purse *purse
	// read returns places at p and behind it in so many blocks, in their order, and
	// up to where these are all.
	read   func(ctx context.Context, p place, blocks int) ([]place, place, error)
	ahead  []place // what was read and not passed
	until  place   // ahead is all up to here
	begun  bool
	blocks int // that the next statement reads
}

func (r *run) at(ctx context.Context, p place) (place, error) {
	for {
		r.ahead = r.ahead[sort.Search(len(r.ahead), func(i int) bool { return r.ahead[i] <= p }):]
		if len(r.ahead) > 0 {
			return r.ahead[0], nil
		}
		if r.begun && r.until == nowhere {
			return nowhere, nil
		}
		if err := r.goOn(ctx, &p); err != nil {
			return nowhere, err
		}
	}
}

// goOn reads on from p, or from where what was read ends. Who reads on without a gap
// will likely read more.
func (r *run) goOn(ctx context.Context, p *place) error {
	switch {
	case !r.begun:
		r.blocks = 2
	case *p >= r.until-1:
		*p, r.blocks = r.until-1, min(2*r.blocks, runBlocks)
	default:
		r.blocks = 1
	}
	r.blocks = max(1, min(r.blocks, int(*r.purse)))
	if err := r.purse.spend(r.blocks); err != nil {
		return err
	}
	var err error
	r.ahead, r.until, err = r.read(ctx, *p, r.blocks)
	r.begun = true
	return err
}

func (r *run) density(p place) (float64, bool) {
	ends := r.until == nowhere
	until := r.until
	if n := len(r.ahead); ends && n > 0 {
		until = r.ahead[n-1]
	}
	return float64(len(r.ahead)) / max(1, float64(p)-float64(until)), ends
}

// union is a trail of the comments of any of some others.
type union []trail

func (u union) at(ctx context.Context, p place) (place, error) {
	first := nowhere
	for _, t := range u {
		next, err := t.at(ctx, p)
		if err != nil {
			return nowhere, err
		}
		first = max(first, next)
	}
	return first, nil
}

func (u union) density(p place) (float64, bool) {
	sum, ends := 0.0, true
	for _, t := range u {
		density, end := t.density(p)
		sum, ends = sum+density, ends && end
	}
	return sum, ends
}

var (
	sqlBlocksDown = statement(`select low_id, postings from search_lists
		where site_id = $1 and term = $2 and low_id <= $3 order by low_id desc limit $4`)
	sqlBlocksUp = statement(`select low_id, postings from search_lists
		where site_id = $1 and term = $2 and low_id >= coalesce((
			select max(m.low_id) from search_lists m where m.site_id = $1 and m.term = $2 and m.low_id <= $3), 0)
		order by low_id limit $4`)
)

// wordTrail is the comments that have a word.
func (r Reader) wordTrail(site forum.ID, term string, w way, p *purse) trail {
	scan := func(s scanner) (block, error) {
		var b block
		var packed []byte
		if err := s.Scan(&b.low, &packed); err != nil {
			return b, err
		}
		var err error
		b.ids, err = unpackIDs(packed)
		return b, err
	}
	read := func(ctx context.Context, from place, n int) ([]place, place, error) {
		query, rows := sqlBlocksDown, n
		if w == fromOldest {
			query, rows = sqlBlocksUp, n+1 // the last of them says where the others end
		}
		blocks, err := many(ctx, r, "read search list", scan, query, site, term, w.id(from), rows)
		if err != nil {
			return nil, nowhere, err
		}
		until := nowhere
		switch {
		case len(blocks) < rows:
		case w == fromOldest:
			until = w.place(blocks[n].low - 1)
			blocks = blocks[:n]
		case blocks[n-1].low > 0:
			until = w.place(blocks[n-1].low)
		}
		return along(w, blocks, from), until, nil
	}
	return &run{purse: p, read: read}
}

// along returns the places of comments in blocks at p and behind it.
func along(w way, blocks []block, p place) []place {
	var all []place
	for _, b := range blocks {
		if w == fromNewest {
			slices.Reverse(b.ids)
		}
		for _, id := range b.ids {
			if at := w.place(id); at <= p {
				all = append(all, at)
			}
		}
	}
	return all
}

var (
	sqlIDsDown   = statement(`select comment_id from comments where site_id = $1 and comment_id <= $2 order by comment_id desc limit $3`)
	sqlStoryDown = statement(`select comment_id from comments where site_id = $1 and story_id = $4 and state = 'published' and comment_id <= $2
		order by comment_id desc limit $3`)
)

// commentTrail is all comments of a site, or the published ones of a story, from the
// newest on.
func (r Reader) commentTrail(site, story forum.ID, p *purse) trail {
	read := func(ctx context.Context, from place, n int) ([]place, place, error) {
		query, args := sqlIDsDown, []any{site, int64(from), n * runIDs}
		if story != 0 {
			query, args = sqlStoryDown, append(args, story)
		}
		ids, err := many(ctx, r, "read ids", scanOne[int64], query, args...)
		if err != nil {
			return nil, nowhere, err
		}
		all := make([]place, len(ids))
		for i, id := range ids {
			all[i] = place(id)
		}
		if len(all) < n*runIDs {
			return all, nowhere, nil
		}
		return all, all[len(all)-1], nil
	}
	return &run{purse: p, read: read}
}

// meeting is where some trails meet.
type meeting []trail

// frequent is how many times as dense as the thinnest a trail may be to be followed.
// Along a denser one, each step of the thinnest would read another block of it.
const frequent = 32

// meet returns the trails worth following from p on, and where they may first meet:
// the thinnest, those not much denser, and those whose end is in sight. Whether a
// comment is on the others has to be looked up in its text.
func meet(ctx context.Context, trails []trail, p place) (meeting, place, error) {
	for range 2 { // all of them are to be read where they are compared
		for _, t := range trails {
			next, err := t.at(ctx, p)
			if err != nil {
				return nil, p, err
			}
			if p = min(p, next); p == nowhere {
				return nil, nowhere, nil
			}
		}
	}
	thinnest := math.Inf(1)
	for _, t := range trails {
		density, _ := t.density(p)
		thinnest = min(thinnest, density)
	}
	return slices.DeleteFunc(trails, func(t trail) bool {
		density, ends := t.density(p)
		return !ends && density > frequent*thinnest
	}), p, nil
}

// at returns the first place at p or behind it where all meet, or nowhere. If it is
// errSpent, they do not meet before the place it returns.
func (m meeting) at(ctx context.Context, p place) (place, error) {
	for i, agree := 0, 0; agree < len(m); i++ {
		next, err := m[i%len(m)].at(ctx, p)
		switch {
		case err != nil:
			return p, err
		case next < p:
			p, agree = next, 0
		}
		if agree++; p == nowhere {
			return nowhere, nil
		}
	}
	return p, nil
}

// candidates are the comments that trails have in common.
type candidates struct {
	way    way
	trails []trail
	met    meeting
	next   place // where the next may be; nowhere: there is none
	end    place // the last place of interest
	spent  bool  // nothing more may be read
}

// take returns up to n of them.
func (c *candidates) take(ctx context.Context, n int) (ids []forum.ID, err error) {
	if c.met == nil {
		c.met, c.next, err = meet(ctx, c.trails, c.next)
	}
	for err == nil && len(ids) < n && c.next != nowhere {
		if c.next, err = c.met.at(ctx, c.next); err != nil {
			break
		}
		if c.next == nowhere || c.next < c.end {
			c.next = nowhere
			break
		}
		ids = append(ids, c.way.id(c.next))
		c.next--
	}
	if errors.Is(err, errSpent) {
		c.spent, err = true, nil
	}
	return ids, err
}

// reached returns the comment behind which the next may be; zero: there is none.
func (c *candidates) reached() forum.ID {
	if c.next == nowhere {
		return 0
	}
	return c.way.id(c.next + 1)
}
