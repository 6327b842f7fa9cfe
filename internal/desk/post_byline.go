package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/name"
	"parley/internal/store"
)

// setByline gives the comment its name and the key that tells its author apart.
// A name the account has stays; a new one is checked and claimed.
func setByline(ctx context.Context, tx *store.Tx, site forum.Site, account forum.Account, draft Draft, c *forum.Comment) error {
	switch draft.Byline {
	case forum.BylineNone:
		c.Byline = forum.Byline{Kind: forum.BylineNone}
		c.AuthorKey = c.ID.String()
		return nil
	case forum.BylineName:
		shown, err := claimName(ctx, tx, site, account, c.StoryID, draft.Name)
		c.Byline = forum.Byline{Kind: forum.BylineName, Name: shown}
		c.AuthorKey = account.AuthorKey
		return err
	}
	p, err := claimPseudonym(ctx, tx, site, account, c.StoryID, draft.Name)
	c.Byline = forum.Byline{Kind: forum.BylinePseudonym, Name: p.Name}
	c.AuthorKey = p.AuthorKey
	return err
}

// claimName returns the account's name, which nobody else in the story may write
// under as a pseudonym.
func claimName(ctx context.Context, tx *store.Tx, site forum.Site, account forum.Account, story forum.ID, raw string) (string, error) {
	if n, err := name.Check(account.Name); err == nil {
		return account.Name, notPseudonym(ctx, tx, account, story, n)
	}
	if account.Name != "" {
		return account.Name, nil
	}
	n, err := checkName(site, account, raw)
	if err != nil {
		return "", err
	}
	if err := notPseudonym(ctx, tx, account, story, n); err != nil {
		return "", err
	}
	return n.Shown, tx.SetName(ctx, site.ID, account.ID, n.Shown, n.Skeleton)
}

// notPseudonym refuses a name that looks like another author's pseudonym.
func notPseudonym(ctx context.Context, tx *store.Tx, account forum.Account, story forum.ID, n name.Name) error {
	owner, err := tx.PseudonymOwner(ctx, account.SiteID, story, n.Skeleton)
	if err == nil && owner != 0 && owner != account.ID {
		return forum.Fail(forum.Conflict, "error.nameTaken").At("name").Because("like the pseudonym of account %s", owner)
	}
	return err
}

func claimPseudonym(ctx context.Context, tx *store.Tx, site forum.Site, account forum.Account, story forum.ID, raw string) (store.Pseudonym, error) {
	p, err := tx.Pseudonym(ctx, site.ID, story, account.ID)
	if err == nil || !forum.IsKind(err, forum.NotFound) {
		return p, err
	}
	n, err := checkName(site, account, raw)
	if err != nil {
		return p, err
	}
	taken, err := tx.AccountBySkeleton(ctx, site.ID, n.Skeleton)
	if err == nil {
		return p, forum.Fail(forum.Conflict, "error.nameTaken").At("name").Because("like account %s", taken.ID)
	}
	if !forum.IsKind(err, forum.NotFound) {
		return p, err
	}
	p = store.Pseudonym{Name: n.Shown, AuthorKey: authorKey()}
	return p, tx.AddPseudonym(ctx, site.ID, story, account.ID, p, n.Skeleton)
}

// checkName applies the name policy. Staff may carry words that readers may not.
func checkName(site forum.Site, account forum.Account, raw string) (name.Name, error) {
	n, err := name.Check(raw)
	if err != nil {
		return n, err
	}
	if !account.Role.Staff() && name.Reserved(n, []string{site.Name}) {
		return n, forum.Fail(forum.Invalid, "error.nameReserved").At("name")
	}
	return n, nil
}
