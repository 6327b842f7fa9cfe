package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
)

// keyIn finds the key that a form was given.
var keyIn = regexp.MustCompile(`name="key" value="([^"]+)"`)

// twice sends the form of a page twice, as a double click does; both lead to the
// same job, whose path it returns.
func (b *browser) twice(page answer, path string, form url.Values) string {
	b.t.Helper()
	key := keyIn.FindStringSubmatch(page.body)
	if key == nil {
		b.t.Fatalf("the form for %s has no key", path)
	}
	form.Set("key", key[1])
	first, again := b.post(path, form).want(http.StatusOK), b.post(path, form).want(http.StatusOK)
	if !strings.Contains(first.path, "/desk/jobs/") || again.path != first.path {
		b.t.Errorf("%s led to %q, then to %q", path, first.path, again.path)
	}
	return first.path
}

// TestMany_formTwice sends each form that begins an act on many twice.
func TestMany_formTwice(t *testing.T) {
	h := newHouse(t)
	lead := h.staffed(h.site, forum.RoleLead)
	rule := lead.addRule(url.Values{"name": {"Insults"}, "banned": {"scum"}, "do": {"hold"}}, forum.StageOn)
	h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "scum")
	id := h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "A text.")

	form := url.Values{"verb": {"hold"}, "id": {id.String()}}
	asked := lead.post("/desk/bulk", form).want(http.StatusOK)
	form.Set("sure", "1")
	job := lead.twice(asked, "/desk/bulk", form)
	w, err := h.desk.TakeJob(t.Context(), h.site.ID)
	if err != nil || w.Job.Kind != desk.JobBulk {
		t.Fatal(w.Job.Kind, err)
	}
	if done, err := h.desk.BulkStep(t.Context(), h.site, &w.Job); err != nil || !done {
		t.Fatal(done, err)
	}
	w.Job.State = forum.JobDone
	if _, err := h.desk.SaveJob(t.Context(), w, true); err != nil {
		t.Fatal(err)
	}
	lead.twice(lead.get(job).want(http.StatusOK), job, url.Values{"act": {"undo"}})

	today := h.desk.Now().Format("2006-01-02")
	lead.twice(lead.get(rule+"/undo?since="+today).want(http.StatusOK), rule+"/undo", url.Values{"since": {today}})
}
