package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"parley/internal/forum"
	"parley/internal/store"
)

// Heads is what public pages know of sites and stories, and a draft of the rules
// that run, without asking the database each time: at most a second old, and younger
// where this process was told of a change. memory.go has the rules, ADR 22 the
// reasons. Verbs that decide read in their transaction instead.
//
// Whoever asks for what is exact gets what the database has now: a reader who has
// just acted, and every page that is made for one reader.
type Heads struct {
	store   *store.Store
	last    atomic.Pointer[SiteList]
	sites   *memory[*SiteList]
	stories *memory[*Head]    // by site and id
	names   *memory[forum.ID] // by site and a name
	lists   *memory[*Listing] // by site, section and limit
	benches *memory[bench]    // by site

	mu     sync.Mutex
	listed map[forum.ID][]memoryKey // the lists of each site that were asked for
}

// SiteList is the sites of an installation, the oldest first. It is the same
// pointer until a site changes, so that what is made of it can be kept beside it.
type SiteList struct {
	Sites []forum.Site
	rows  []store.SiteRow // they were read from
}

// Head is a story with its path on a site without a prefix.
type Head struct {
	forum.Story
	Path string
}

// Listing is a list of stories and how it stands: a digest that changes with it.
type Listing struct {
	Stories []forum.Story
	State   string
}

// NewListing returns the listing of stories. A list has no revision; those of its
// stories are one.
func NewListing(stories []forum.Story) *Listing {
	state := sha256.New()
	for _, x := range stories {
		fmt.Fprintf(state, " %s.%d", x.ID, x.Revision)
	}
	return &Listing{Stories: stories, State: hex.EncodeToString(state.Sum(nil))}
}

const (
	headWeight = 600     // what a story takes in memory besides its texts
	siteWeight = 1 << 20 // room for the list of sites
	maxBenches = 1000    // sites whose rules are known
)

// NewHeads returns what is known of a desk's sites and stories, in at most so many
// bytes; of 0 bytes nothing is, and all is read each time. It is called before the
// desk is used by several at once.
func NewHeads(d *Desk, bytes int64) (*Heads, error) {
	h := &Heads{store: d.store, listed: map[forum.ID][]memoryKey{}}
	var err error
	if h.sites, err = newMemory(d.now, min(bytes, siteWeight), func(*SiteList) int { return 1 }, sameSites); err != nil {
		return nil, err
	}
	if h.stories, err = newMemory(d.now, bytes/2, weighHead, sameRevision); err != nil {
		return nil, err
	}
	if h.lists, err = newMemory(d.now, bytes/4, weighListing, sameState); err != nil {
		return nil, err
	}
	sameID := func(a, b forum.ID) bool { return a == b }
	if h.names, err = newMemory(d.now, bytes/4, func(forum.ID) int { return headWeight }, sameID); err != nil {
		return nil, err
	}
	never := func(a, b bench) bool { return false }
	if h.benches, err = newMemory(d.now, min(bytes, maxBenches), func(bench) int { return 1 }, never); err != nil {
		return nil, err
	}
	d.heads = h
	d.Watch(h.moved)
	return h, nil
}

// Moved is told what a commit of another process moved, so that this one need not
// wait until it looks again.
func (d *Desk) Moved(moves []forum.Move) {
	if d.heads != nil {
		d.heads.moved(moves)
	}
}

// moved drops what is no longer so.
func (h *Heads) moved(moves []forum.Move) {
	for _, m := range moves {
		if m.StoryID == 0 {
			// Rules are the desk's.
			h.benches.moved(memoryKey{site: m.SiteID}, false)
		}
		switch {
		case m.Desk:
		case m.StoryID == 0:
			h.sites.moved(memoryKey{}, false)
		default:
			grew := m.Added > 0
			h.stories.moved(memoryKey{site: m.SiteID, story: m.StoryID}, grew)
			for _, k := range h.listsOf(m.SiteID) {
				h.lists.moved(k, grew)
			}
		}
	}
}

// listsOf returns which lists of a site were asked for.
func (h *Heads) listsOf(site forum.ID) []memoryKey {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.listed[site])
}

// list notes that a list is asked for. Only sections a site has get here.
func (h *Heads) list(k memoryKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.listed[k.site], k) {
		h.listed[k.site] = append(h.listed[k.site], k)
	}
}

// Sites returns every site, the oldest first.
func (h *Heads) Sites(ctx context.Context, exact bool) (*SiteList, error) {
	if exact {
		return h.readSites(ctx)
	}
	return h.sites.read(ctx, memoryKey{}, h.readSites)
}

// readSites reads the sites; while nothing of them changes the list stays the same.
func (h *Heads) readSites(ctx context.Context) (*SiteList, error) {
	rows, err := h.store.SiteRows(ctx)
	if err != nil {
		return nil, err
	}
	if last := h.last.Load(); last != nil && slices.Equal(last.rows, rows) {
		return last, nil
	}
	list := &SiteList{Sites: make([]forum.Site, len(rows)), rows: rows}
	for i, x := range rows {
		if list.Sites[i], err = x.Site(); err != nil {
			return nil, err
		}
	}
	h.last.Store(list)
	return list, nil
}

// Story returns a story.
func (h *Heads) Story(ctx context.Context, site, id forum.ID, exact bool) (*Head, error) {
	load := func(ctx context.Context) (*Head, error) {
		x, err := h.store.Story(ctx, site, id)
		if err != nil {
			return nil, err
		}
		return &Head{Story: x, Path: forum.StoryPath("", x)}, nil
	}
	if exact {
		return load(ctx)
	}
	return h.stories.read(ctx, memoryKey{site: site, story: id}, load)
}

// Still reports whether these are what is believed of the sites and of a story of
// one of them at this moment, without asking the database.
func (h *Heads) Still(sites *SiteList, x *Head) bool {
	at := h.sites.now()
	list, ok := h.sites.known(memoryKey{}, at)
	if !ok || list != sites {
		return false
	}
	last, ok := h.stories.known(memoryKey{site: x.SiteID, story: x.ID}, at)
	return ok && last == x
}

// Stories returns the newest listed stories of a section the site has, or of the
// whole site for an empty one.
func (h *Heads) Stories(ctx context.Context, site forum.ID, section string, limit int, exact bool) (*Listing, error) {
	key := memoryKey{site: site, text: section, limit: limit}
	load := func(ctx context.Context) (*Listing, error) {
		h.list(key)
		stories, err := h.store.Stories(ctx, site, section, store.StoryCursor{}, limit)
		return NewListing(stories), err
	}
	if exact {
		return load(ctx)
	}
	return h.lists.read(ctx, key, load)
}

// FindStory returns the story another page embeds, as Desk.FindStory does.
func (h *Heads) FindStory(ctx context.Context, site forum.Site, ref StoryRef, exact bool) (forum.Story, error) {
	if exact {
		return findStory(ctx, h.store, site.ID, ref)
	}
	return findStory(ctx, knownNames{h}, site.ID, ref)
}

// knownNames finds stories by names that are known.
type knownNames struct{ h *Heads }

// StoryByExternalID is store.Reader's.
func (n knownNames) StoryByExternalID(ctx context.Context, site forum.ID, external string) (forum.Story, error) {
	return n.find(ctx, memoryKey{site: site, text: external, external: true}, n.h.store.StoryByExternalID)
}

// StoryByURLKey is store.Reader's.
func (n knownNames) StoryByURLKey(ctx context.Context, site forum.ID, key string) (forum.Story, error) {
	return n.find(ctx, memoryKey{site: site, text: key}, n.h.store.StoryByURLKey)
}

func (n knownNames) find(ctx context.Context, k memoryKey, byName func(context.Context, forum.ID, string) (forum.Story, error)) (forum.Story, error) {
	id, err := n.h.names.read(ctx, k, func(ctx context.Context) (forum.ID, error) {
		x, err := byName(ctx, k.site, k.text)
		return x.ID, err
	})
	if err != nil {
		return forum.Story{}, err
	}
	x, err := n.h.Story(ctx, k.site, id, false)
	if err != nil {
		return forum.Story{}, err
	}
	return x.Story, nil
}

// Traffic is how often something kept was there and how often not.
type Traffic struct{ Hits, Misses int64 }

// Traffic returns how often a story, a list of them or the sites were known.
func (h *Heads) Traffic() Traffic {
	return Traffic{
		Hits:   h.sites.hits.Load() + h.stories.hits.Load() + h.lists.hits.Load() + h.names.hits.Load(),
		Misses: h.sites.misses.Load() + h.stories.misses.Load() + h.lists.misses.Load() + h.names.misses.Load(),
	}
}

func weighHead(x *Head) int { return weighStory(x.Story) + len(x.Path) }

func weighStory(x forum.Story) int {
	return headWeight + len(x.Headline) + len(x.Lede) + len(x.Byline) + len(x.Body) + len(x.BodyHTML) + len(x.URL) +
		len(x.PictureAlt) + len(x.Caption) + len(x.Credit) + len(x.StateReason)
}

func weighListing(list *Listing) int {
	n := headWeight
	for _, x := range list.Stories {
		n += weighStory(x)
	}
	return n
}

func sameRevision(a, b *Head) bool { return a.Revision == b.Revision }

func sameState(a, b *Listing) bool { return a.State == b.State }

func sameSites(a, b *SiteList) bool { return slices.Equal(a.rows, b.rows) }
