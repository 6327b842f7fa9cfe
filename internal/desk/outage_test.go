package desk_test

import (
	"path/filepath"
	"testing"
	"time"

	"parley/internal/diskfault"
	"parley/internal/forum"
	"parley/internal/store"
)

// Who is signed in reads on while nothing can be saved: not even that they were
// here.
func TestOutage_readersStay(t *testing.T) {
	folder := t.TempDir()
	broken := diskfault.Switch(t, folder, diskfault.Full)
	s, err := store.Open(ctx, filepath.Join(folder, "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	defer broken.Store(false)
	o := newOffice(t, s)
	p, err := o.d.Post(ctx, o.site, forum.Actor{Network: "n", Kind: forum.SessionFrame}, draftOf(o.story.ID, 0, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	broken.Store(true)
	o.clock.pass(6 * time.Minute)
	if next, err := o.d.RenewTab(ctx, o.site, p.Grant.Tab); err != nil || next != "" {
		t.Errorf("the page's token is %q, %v", next, err)
	}
	o.clock.pass(2 * time.Hour)
	a, err := o.d.Authenticate(ctx, o.site, p.Grant.Token)
	if err != nil || a.Account.ID != p.Comment.AccountID {
		t.Errorf("the reader is %v, %v", a.Account.ID, err)
	}
	o.shows("hello")
	_, err = o.d.Post(ctx, o.site, a, draftOf(o.story.ID, 0, "again"))
	refused(t, "a comment", err, "error.readingOnly", "")
	if ready := o.d.Ready(ctx); ready.Reads != nil || ready.Writes == nil {
		t.Errorf("readiness: %+v", ready)
	}
}
