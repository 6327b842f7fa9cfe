package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"image"
	_ "image/gif"  // picture formats a newsroom may give
	_ "image/jpeg" // "
	_ "image/png"  // "
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/store"
)

// StoryRef identifies a story that stands on another page.
type StoryRef struct {
	ExternalID string
	URL        string
	Title      string
}

// Article is a story as the newsroom gives it.
type Article struct {
	ExternalID  string
	URL         string // canonical URL on the newsroom's own site, or empty
	Headline    string
	Lede        string
	Byline      string
	Section     string
	Lang        string
	Body        string // Markdown
	Picture     []byte // JPEG, PNG or GIF; nil: none, or the one it has
	PictureAlt  string
	Caption     string
	Credit      string
	PublishedAt time.Time        // zero: unknown
	State       forum.StoryState // empty: open, or what it is already
	StateReason string
	Unlisted    bool
}

// Stories reads a page of listed stories; see store.Reader.Stories.
func (d *Desk) Stories(ctx context.Context, site forum.ID, section string, after store.StoryCursor, limit int) ([]forum.Story, error) {
	return d.store.Stories(ctx, site, section, after, limit)
}

// Story reads a story.
func (d *Desk) Story(ctx context.Context, site, id forum.ID) (forum.Story, error) {
	return d.store.Story(ctx, site, id)
}

// Picture reads a picture.
func (d *Desk) Picture(ctx context.Context, site forum.ID, id string) (store.Picture, error) {
	return d.store.Picture(ctx, site, id)
}

// PictureSizes reads the pictures of a list of ids without their bytes.
func (d *Desk) PictureSizes(ctx context.Context, site forum.ID, ids []string) (map[string]store.Picture, error) {
	return d.store.PictureSizes(ctx, site, ids)
}

// Counts reads comment counts; see store.Reader.Counts.
func (d *Desk) Counts(ctx context.Context, site forum.ID, keys, externals []string) (byKey, byExternal map[string]int, err error) {
	return d.store.Counts(ctx, site, keys, externals)
}

// FindStory returns the story another page embeds: by the newsroom's own id if
// given, else by URL. NotFound means that nobody has written under it yet.
func (d *Desk) FindStory(ctx context.Context, site forum.Site, ref StoryRef) (forum.Story, error) {
	return findStory(ctx, d.store.Reader, site.ID, ref)
}

// storyNames finds stories by the names others have for them, as store.Reader does.
type storyNames interface {
	StoryByExternalID(ctx context.Context, site forum.ID, external string) (forum.Story, error)
	StoryByURLKey(ctx context.Context, site forum.ID, key string) (forum.Story, error)
}

func findStory(ctx context.Context, r storyNames, site forum.ID, ref StoryRef) (forum.Story, error) {
	if err := checkExternalID(ref.ExternalID); err != nil {
		return forum.Story{}, err
	}
	if ref.ExternalID != "" {
		story, err := r.StoryByExternalID(ctx, site, ref.ExternalID)
		if err == nil || !forum.IsKind(err, forum.NotFound) {
			return story, err
		}
	}
	if ref.URL == "" {
		return forum.Story{}, forum.Fail(forum.NotFound, "error.notFound")
	}
	canonical, err := forum.CanonicalURL(ref.URL)
	if err != nil {
		return forum.Story{}, err
	}
	story, err := r.StoryByURLKey(ctx, site, forum.URLKey(canonical))
	if err == nil && !sameStory(story.ExternalID, ref.ExternalID) {
		return forum.Story{}, forum.Fail(forum.NotFound, "error.notFound").Because("%s is %q, not %q", canonical, story.ExternalID, ref.ExternalID)
	}
	return story, err
}

// sameStory reports whether a story found by its URL can be the one meant: the
// newsroom's own ids, where both are given, say more than the URL.
func sameStory(external, meant string) bool {
	return external == meant || external == "" || meant == ""
}

// errStoryRaced says that another transaction added the same story meanwhile.
var errStoryRaced = errors.New("story was added meanwhile")

// newStory adds a story that is not there yet, with the alias that finds it.
func (d *Desk) newStory(ctx context.Context, tx *store.Tx, story forum.Story) (forum.Story, error) {
	story.ID = d.mint()
	story.CreatedAt, story.UpdatedAt, story.Revision = tx.Now, tx.Now, 1
	if story.State == "" {
		story.State = forum.StoryOpen
	}
	raced := forum.Fail(forum.Conflict, "error.storyExists").Because("%w", errStoryRaced)
	err := tx.AddStory(ctx, story)
	if forum.IsKind(err, forum.Conflict) {
		return story, raced
	}
	if err != nil || story.URL == "" {
		return story, err
	}
	key := forum.URLKey(story.URL)
	if err := tx.AddAlias(ctx, story.SiteID, key, story.ID); err != nil {
		return story, err
	}
	owner, err := tx.StoryByURLKey(ctx, story.SiteID, key)
	if err == nil && owner.ID != story.ID && sameStory(owner.ExternalID, story.ExternalID) {
		return story, raced
	}
	return story, err
}

// resolve returns the story a draft names, adding it if nobody has written under
// it. The page must be one of the origins the site has registered.
func (d *Desk) resolve(ctx context.Context, tx *store.Tx, site forum.Site, ref StoryRef) (forum.Story, error) {
	story, err := findStory(ctx, tx.Reader, site.ID, ref)
	if err == nil || !forum.IsKind(err, forum.NotFound) {
		return story, err
	}
	canonical, err := forum.CanonicalURL(ref.URL)
	if err != nil {
		return story, err
	}
	if err := registered(site, canonical); err != nil {
		return story, err
	}
	title := strings.TrimSpace(ref.Title)
	if title == "" || !goodText(title) {
		title = canonical
	}
	return d.newStory(ctx, tx, forum.Story{
		SiteID: site.ID, ExternalID: ref.ExternalID, URL: canonical, Headline: cutRunes(title, maxHeadline),
		Lang: site.Settings.Locale,
	})
}

// registered refuses a page that is on none of the site's origins.
func registered(site forum.Site, page string) error {
	u, err := url.Parse(page)
	if err == nil && slices.Contains(site.Settings.Origins, u.Scheme+"://"+u.Host) {
		return nil
	}
	return forum.Fail(forum.Forbidden, "error.originRefused").Because("%s", page)
}

// Limits of what a newsroom may send.
const (
	maxHeadline   = 300
	maxLede       = 2000
	maxExternalID = 200
	maxBody       = 500_000
	maxPicture    = 8 << 20
	maxPixels     = 25_000_000
)

// storyName names a story of a site among those that are written under: by its id or,
// where that is not known yet, by what refers to it.
func storyName(site forum.Site, id forum.ID, ref StoryRef) string {
	if id != 0 {
		return site.ID.String() + " " + id.String()
	}
	return site.ID.String() + " " + ref.ExternalID + " " + ref.URL
}

// PutStory publishes an article or updates the story it is: the one of its
// external id, else of its URL. It reports whether the story is new.
func (d *Desk) PutStory(ctx context.Context, site forum.Site, a Article) (forum.Story, bool, error) {
	story, err := storyOf(site, a)
	if err != nil {
		return forum.Story{}, false, err
	}
	picture, err := readPicture(a.Picture)
	if err != nil {
		return forum.Story{}, false, err
	}
	story.Picture = picture.ID
	var kept forum.Story
	added := false
	err = d.writeStory(ctx, storyName(site, 0, StoryRef{ExternalID: story.ExternalID, URL: story.URL}), func(ctx context.Context, tx *store.Tx) error {
		kept, added, err = d.keepStory(ctx, tx, site, story, picture)
		return err
	})
	return kept, added, err
}

// keepStory adds or updates a story with its picture and the alias of its URL.
func (d *Desk) keepStory(ctx context.Context, tx *store.Tx, site forum.Site, story forum.Story, picture store.Picture) (forum.Story, bool, error) {
	if picture.ID != "" {
		if err := tx.AddPicture(ctx, site.ID, picture); err != nil {
			return story, false, err
		}
	}
	old, err := findStory(ctx, tx.Reader, site.ID, StoryRef{ExternalID: story.ExternalID, URL: story.URL})
	if forum.IsKind(err, forum.NotFound) {
		story, err = d.newStory(ctx, tx, story)
		return story, true, err
	}
	if err != nil {
		return story, false, err
	}
	story, err = replaceStory(ctx, tx, old, story)
	return story, false, err
}

// replaceStory replaces what the newsroom wrote of a story. Its picture and state
// stay where the newsroom says nothing of them.
func replaceStory(ctx context.Context, tx *store.Tx, old, story forum.Story) (forum.Story, error) {
	story.ID = old.ID
	if story.Picture == "" {
		story.Picture = old.Picture
	}
	if story.State == "" {
		story.State, story.StateReason = old.State, old.StateReason
	}
	if err := tx.SetStory(ctx, story); err != nil {
		return story, err
	}
	if story.URL != "" {
		if err := tx.AddAlias(ctx, story.SiteID, forum.URLKey(story.URL), story.ID); err != nil {
			return story, err
		}
	}
	return tx.Story(ctx, story.SiteID, old.ID)
}

// storyOf checks an article and renders its body.
func storyOf(site forum.Site, a Article) (forum.Story, error) {
	story := forum.Story{
		SiteID: site.ID, ExternalID: a.ExternalID, Headline: strings.TrimSpace(a.Headline), Lede: strings.TrimSpace(a.Lede),
		Byline: a.Byline, Section: a.Section, Lang: a.Lang, Body: a.Body, PictureAlt: a.PictureAlt, Caption: a.Caption,
		Credit: a.Credit, PublishedAt: a.PublishedAt, State: a.State, StateReason: a.StateReason, Listed: !a.Unlisted,
	}
	if story.Lang == "" {
		story.Lang = site.Settings.Locale
	}
	if err := checkArticle(site, story); err != nil {
		return story, err
	}
	if a.URL != "" {
		canonical, err := forum.CanonicalURL(a.URL)
		if err != nil {
			return story, err
		}
		story.URL = canonical
	}
	if strings.TrimSpace(story.Body) == "" {
		// The text of a story that is read on the newsroom's own page stays there.
		return story, nil
	}
	html, err := markup.Story(story.Body)
	story.BodyHTML = string(html)
	return story, err
}

func checkArticle(site forum.Site, s forum.Story) error {
	for field, text := range map[string]string{
		"headline": s.Headline, "lede": s.Lede, "byline": s.Byline, "caption": s.Caption, "credit": s.Credit,
		"alt": s.PictureAlt, "body": s.Body, "lang": s.Lang, "reason": s.StateReason,
	} {
		if !goodText(text) {
			return forum.Fail(forum.Invalid, "error.textEncoding").At(field)
		}
		limit := maxLede
		switch field {
		case "body":
			limit = maxBody
		case "headline":
			limit = maxHeadline
		}
		if n := utf8.RuneCountInString(text); n > limit {
			return forum.Fail(forum.Invalid, "error.textLong").With("max", limit).With("length", n).At(field)
		}
	}
	if s.Headline == "" {
		return forum.Fail(forum.Invalid, "error.headlineMissing").At("headline")
	}
	if _, ok := site.Settings.Section(s.Section); s.Section != "" && !ok {
		return forum.Fail(forum.Invalid, "error.sectionUnknown").With("section", s.Section).At("section")
	}
	if s.State != "" && s.State != forum.StoryOpen && s.State != forum.StoryReadOnly && s.State != forum.StoryClosed {
		return forum.Fail(forum.Invalid, "error.stateUnknown").With("state", string(s.State)).At("state")
	}
	return checkExternalID(s.ExternalID)
}

func checkExternalID(id string) error {
	if len(id) > maxExternalID || !utf8.ValidString(id) || strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return forum.Fail(forum.Invalid, "error.externalID").At("externalId")
	}
	return nil
}

// pictureTypes are the image formats that are stored and served.
var pictureTypes = map[string]string{"jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif"}

// readPicture checks an image without decoding more than its header, so that a
// small file cannot claim a large memory.
func readPicture(b []byte) (store.Picture, error) {
	if len(b) == 0 {
		return store.Picture{}, nil
	}
	if len(b) > maxPicture {
		return store.Picture{}, forum.Fail(forum.TooLarge, "error.pictureLarge").At("picture")
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || pictureTypes[format] == "" {
		return store.Picture{}, forum.Fail(forum.Invalid, "error.pictureFormat").At("picture").Because("%s: %w", format, err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > maxPixels/config.Height {
		return store.Picture{}, forum.Fail(forum.TooLarge, "error.pictureLarge").At("picture").Because("%d × %d", config.Width, config.Height)
	}
	sum := sha256.Sum256(b)
	id := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
	return store.Picture{ID: id, Type: pictureTypes[format], Width: config.Width, Height: config.Height, Bytes: b}, nil
}

// cutRunes returns at most n characters of a text.
func cutRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// StoryCursor is where a list of stories goes on; the zero cursor is the start.
type StoryCursor = store.StoryCursor
