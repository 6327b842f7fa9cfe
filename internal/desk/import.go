package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/rule"
	"parley/internal/store"
)

// Import is a story with its comments from another system, ready to be added.
type Import struct {
	Article  Article
	Comments []ImportedComment // parents before their replies
	DryRun   bool              // do everything, report it, and keep nothing
}

// ImportedComment is one comment of an Import.
type ImportedComment struct {
	SourceID   string // the source's id; unique in the story; never empty
	Parent     int    // index of the parent in Import.Comments; −1: a root
	Guessed    bool   // the parent was known by name only
	ParentName string // the name of a parent that is not in the source
	Name       string // empty: nameless
	Text       string
	At         time.Time // zero: unknown
}

// Imported is what an import did.
type Imported struct {
	Story    forum.Story
	NewStory bool
	Added    int // comments added
	Known    int // comments an earlier import had added
}

// maxImportLength is the length an imported comment may have, in characters;
// what was published elsewhere is not held to the site's limit.
const maxImportLength = 50_000

// errDryRun takes a dry run's transaction back.
var errDryRun = errors.New("dry run")

// Import adds a story and its comments in one transaction: all or nothing. What
// an earlier import of the same source added is recognised and left as it is.
// Comments keep their order; one without a date gets none.
func (d *Desk) Import(ctx context.Context, site forum.Site, in Import) (Imported, error) {
	story, err := storyOf(site, in.Article)
	if err != nil {
		return Imported{}, err
	}
	if err := checkImport(in.Comments); err != nil {
		return Imported{}, err
	}
	html := make([]markup.HTML, len(in.Comments))
	for i, c := range in.Comments {
		if html[i], err = markup.Render(c.Text, markup.Rules{Links: true, MaxLength: maxImportLength}); err != nil {
			return Imported{}, err
		}
	}
	var out Imported
	importAll := func(ctx context.Context, tx *store.Tx) error {
		out = Imported{}
		if out.Story, out.NewStory, err = d.importStory(ctx, tx, site, story); err != nil {
			return err
		}
		if err := d.importComments(ctx, tx, in, html, &out); err != nil {
			return err
		}
		if in.DryRun {
			return errDryRun
		}
		return nil
	}
	err = againIfRaced(func() error { return d.writeMany(ctx, importAll) })
	if errors.Is(err, errDryRun) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	return out, d.Index(ctx, site.ID)
}

// checkImport refuses comments that cannot be placed, recognised or stored.
func checkImport(comments []ImportedComment) error {
	seen := make(map[string]bool, len(comments))
	for i, c := range comments {
		if c.SourceID == "" || seen[c.SourceID] || c.Parent < -1 || c.Parent >= i {
			return fmt.Errorf("import: comment %d has id %q and parent %d", i, c.SourceID, c.Parent)
		}
		seen[c.SourceID] = true
		for _, text := range []string{c.SourceID, c.Name, c.ParentName} {
			if !goodText(text) {
				return forum.Fail(forum.Invalid, "error.textEncoding").Because("comment %d: %q", i, text)
			}
		}
	}
	return nil
}

// importStory adds the story, or leaves it as it is if an earlier import did.
func (d *Desk) importStory(ctx context.Context, tx *store.Tx, site forum.Site, story forum.Story) (forum.Story, bool, error) {
	old, err := findStory(ctx, tx.Reader, site.ID, StoryRef{ExternalID: story.ExternalID, URL: story.URL})
	if err == nil {
		return old, false, nil
	}
	if !forum.IsKind(err, forum.NotFound) {
		return old, false, err
	}
	return d.keepStory(ctx, tx, site, story, store.Picture{})
}

// importComments locks the story first, as every change of a discussion does,
// and then adds the comments that are not there.
func (d *Desk) importComments(ctx context.Context, tx *store.Tx, in Import, html []markup.HTML, out *Imported) error {
	done, authors, err := imported(ctx, tx, out.Story, in.Comments)
	if err != nil {
		return err
	}
	for _, c := range done {
		if c.ID != 0 {
			out.Known++
		}
	}
	if out.Added = len(done) - out.Known; out.Added == 0 {
		return nil
	}
	if out.Story, err = tx.TouchStory(ctx, out.Story.SiteID, out.Story.ID, out.Added, 0); err != nil {
		return err
	}
	for i, c := range in.Comments {
		if done[i].ID != 0 {
			continue
		}
		author, err := d.archived(ctx, tx, out.Story.SiteID, c.Name, authors)
		if err != nil {
			return err
		}
		if done[i], err = d.importComment(ctx, tx, out.Story, author, c, html[i], done); err != nil {
			return err
		}
	}
	return nil
}

// imported returns the comments that an earlier import of the source added, each
// at its place in the list, and their authors by name.
func imported(ctx context.Context, tx *store.Tx, story forum.Story, comments []ImportedComment) ([]forum.Comment, map[string]forum.Account, error) {
	done := make([]forum.Comment, len(comments))
	authors := map[string]forum.Account{}
	for i, c := range comments {
		id, err := tx.Imported(ctx, story.SiteID, story.ID, c.SourceID)
		if forum.IsKind(err, forum.NotFound) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if done[i], err = tx.Comment(ctx, story.SiteID, id); err != nil {
			return nil, nil, err
		}
		authors[c.Name] = forum.Account{SiteID: story.SiteID, ID: done[i].AccountID, AuthorKey: done[i].AuthorKey}
	}
	return done, authors, nil
}

// archived returns the account that stands for an author of the source: one for
// each name, one for each nameless comment. It reserves no name, so that the
// person may still take it, and nobody can sign in to it.
func (d *Desk) archived(ctx context.Context, tx *store.Tx, site forum.ID, authorName string, known map[string]forum.Account) (forum.Account, error) {
	if a, ok := known[authorName]; ok && authorName != "" {
		return a, nil
	}
	a := forum.Account{SiteID: site, ID: d.mint(), Role: forum.RoleArchived, Name: authorName, AuthorKey: authorKey()}
	known[authorName] = a
	return a, tx.AddAccount(ctx, a, "")
}

func (d *Desk) importComment(ctx context.Context, tx *store.Tx, story forum.Story, author forum.Account, in ImportedComment, html markup.HTML, done []forum.Comment) (forum.Comment, error) {
	c := forum.Comment{
		SiteID: story.SiteID, ID: d.mint(), StoryID: story.ID, AccountID: author.ID, AuthorKey: author.AuthorKey,
		Byline: forum.Byline{Kind: forum.BylineName, Name: in.Name}, Source: in.Text, HTML: string(html),
		State: forum.Published, CreatedAt: in.At, PublishedAt: tx.Now, Guessed: in.Guessed, ParentName: in.ParentName,
	}
	if in.Name == "" {
		c.Byline = forum.Byline{Kind: forum.BylineNone}
		c.AuthorKey = c.ID.String()
	}
	c.RootID = c.ID
	if in.Parent >= 0 {
		if err := placeBelow(ctx, tx, &c, done[in.Parent]); err != nil {
			return c, err
		}
	}
	return c, d.addCounted(ctx, tx, store.NewComment{
		Comment: c, HTMLVersion: markup.Version, ImportID: in.SourceID,
		Prints: printsOf(rule.Read(c.Source, story.Lang), linksOf(c.Source)),
	})
}
