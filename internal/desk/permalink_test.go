package desk_test

import (
	"fmt"
	"testing"

	"parley/internal/forum"
)

func TestPermalink_whatIsPublic(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		a := o.post(o.guest(), 0, "a")
		author := o.guest()
		b := o.post(author, a.ID, "b")
		c := o.post(o.guest(), b.ID, "c")
		o.decide(b, forum.Reject)
		link, err := o.d.Permalink(ctx, o.site, forum.Actor{}, c.ID)
		if err != nil || outline(link.Nodes) != "a(†(c))" || link.Story.ID != o.story.ID {
			t.Errorf("%s, %v", outline(link.Nodes), err)
		}
		if _, err := o.d.Permalink(ctx, o.site, forum.Actor{}, b.ID); err != nil {
			t.Errorf("a tombstone has no permalink: %v", err)
		}
		o.decide(c, forum.Reject)
		for what, id := range map[string]forum.ID{"rejected": c.ID, "rejected above it": b.ID, "unknown": 7} {
			_, err := o.d.Permalink(ctx, o.site, o.guest(), id)
			refused(t, what, err, "error.notFound", "")
			_, err = o.d.Replies(ctx, o.site, id, "")
			refused(t, what, err, "error.notFound", "")
		}
		if _, err := o.d.Permalink(ctx, o.site, author, b.ID); err != nil {
			t.Errorf("its author does not see it: %v", err)
		}
		mine, err := o.d.Mine(ctx, o.site, author, 0, 9)
		if err != nil || len(mine) != 1 || mine[0].Comment.State != forum.Rejected || mine[0].Parent.ID != a.ID {
			t.Errorf("mine: %+v, %v", mine, err)
		}
	})
}

// TestPermalink_revision edits a comment while its page is read. No page may hold a
// text that is older than the revision by which the page is kept.
func TestPermalink_revision(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.reader()
		c := o.post(author, 0, "text 0")
		o.post(author, c.ID, "An answer.")
		revision := func() int64 {
			x, err := o.s.Story(ctx, o.site.ID, o.story.ID)
			if err != nil {
				t.Error(err)
			}
			return x.Revision
		}
		newest := map[int64]int{revision(): 0} // by revision
		type page struct {
			revision int64
			texts    [2]string // of the permalink, and above its replies
		}
		var read []page
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 1; i <= 150; i++ {
				if _, err := o.d.Edit(ctx, o.site, author, c.ID, fmt.Sprint("text ", i), false); err != nil {
					t.Error(err)
					return
				}
				newest[revision()] = i
			}
		}()
		for over := false; !over; {
			select {
			case <-done:
				over = true
			default:
			}
			one, err := o.d.Permalink(ctx, o.site, forum.Actor{}, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			more, err := o.d.Replies(ctx, o.site, c.ID, "")
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, page{one.Story.Revision, [2]string{one.Target.Source, ""}}, page{more.Story.Revision, [2]string{"", more.Top.Source}})
		}
		for _, p := range read {
			for _, text := range p.texts {
				var i int
				if _, err := fmt.Sscanf(text, "text %d", &i); err == nil && i < newest[p.revision] {
					t.Fatalf("%q is read as revision %d, which has text %d", text, p.revision, newest[p.revision])
				}
			}
		}
		t.Logf("%d pages of %d revisions", len(read), len(newest))
	})
}
