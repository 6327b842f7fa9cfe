package web

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// decide adds a decision of a named moderator about a comment, and a line of the
// log with a value kept apart.
func (h *house) decided(comment forum.ID) forum.Account {
	h.t.Helper()
	by := forum.Account{SiteID: h.site.ID, ID: storetest.ID(), Role: forum.RoleLead, Name: "Mara Lindqvist", AuthorKey: "mara", CreatedAt: storetest.Epoch}
	now := h.desk.Now()
	if err := h.store.Write(context.Background(), now, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddAccount(ctx, by, "mara lindqvist"); err != nil {
			return err
		}
		id, err := forum.MintAt(now, 5)
		if err != nil {
			return err
		}
		if err := tx.AddDecision(ctx, forum.Decision{
			SiteID: h.site.ID, ID: id, CommentID: comment, ActorID: by.ID, ActorRole: by.Role, Verb: forum.Reject, Reason: "abuse",
			Note: "a private word to the author", Waited: 3 * 60e9,
		}); err != nil {
			return err
		}
		_, err = tx.AppendLog(ctx, forum.LogEntry{
			SiteID: h.site.ID, ActorID: by.ID, ActorRole: by.Role, Action: "account.reveal", Object: "comment:" + comment.String(),
			Reason: "abuse", Before: "published", After: "rejected", Value: "canary@reader.example", Salt: "salt",
		})
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return by
}

func TestTransparency(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	comment := b.write(h.site, h.story.ID, 0, forum.BylineName, "Jonas Reader", "An insulting remark.")
	h.decided(comment)
	month := h.desk.Now().Format("2006-01")
	reader := h.browser()
	page := reader.get("/transparency").want(http.StatusOK).has("Insult or harassment", "Lead moderator", "3 minutes", "CSV")
	if cache := page.header.Get("Cache-Control"); !strings.Contains(cache, "public") {
		t.Errorf("cached as %q", cache)
	}
	secrets := []string{"Mara", "Jonas", "insulting remark", "private word", "canary", comment.String()}
	for _, path := range []string{"/transparency", "/transparency/" + month, "/transparency/" + month + ".csv", "/transparency/" + month + ".json"} {
		body := reader.get(path).want(http.StatusOK).body
		for _, secret := range secrets {
			if strings.Contains(body, secret) {
				t.Errorf("%s says %q", path, secret)
			}
		}
	}
	for _, path := range []string{"/transparency/2026-13", "/transparency/2999-01", "/transparency/" + month + ".xml", "/transparency/" + month + ".", "/transparency/x"} {
		reader.get(path).want(http.StatusNotFound)
	}
	reader.get("/").has("How we moderate")
}

func TestTransparency_files(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	h.decided(b.write(h.site, h.story.ID, 0, forum.BylineNone, "", "One."))
	month := h.desk.Now().Format("2006-01")
	a := b.get("/transparency/" + month + ".json").want(http.StatusOK)
	var f monthFile
	if err := json.Unmarshal([]byte(a.body), &f); err != nil {
		t.Fatal(err)
	}
	if f.Comments != 1 || len(f.Decisions) != 1 || f.Decisions[0].Role != "lead" || f.Waiting.MedianSeconds != 180 || f.Complete || f.Month != month {
		t.Errorf("%+v", f)
	}
	c := b.get("/transparency/" + month + ".csv").want(http.StatusOK)
	if kind := c.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") {
		t.Errorf("CSV is served as %s", kind)
	}
	rows, err := csv.NewReader(strings.NewReader(c.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, row := range rows {
		found = found || strings.Join(row, ",") == month+",decisions,reject,abuse,false,lead,,1"
	}
	if !found || len(rows) < 5 {
		t.Errorf("%v", rows)
	}
}

func TestCell_noFormula(t *testing.T) {
	for text, want := range map[string]string{"=1+1": "'=1+1", "@x": "'@x", "-2": "'-2", "abuse": "abuse", "": ""} {
		if got := cell(text); got != want {
			t.Errorf("cell(%q) is %q", text, got)
		}
	}
}

func TestLogPage(t *testing.T) {
	h := newHouse(t)
	comment := h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "One.")
	by := h.decided(comment)
	admin, auditor := h.owner(h.site), h.staffed(h.site, forum.RoleAuditor)
	admin.get("/desk/log").want(http.StatusOK).has("Mara Lindqvist", "Author behind a pseudonym revealed", "canary@reader.example", "Insult or harassment")
	auditor.get("/desk/log").want(http.StatusOK).has("Mara Lindqvist", "A name is kept apart from the log.").lacks("canary@reader.example")
	if a := auditor.get("/desk").want(http.StatusOK); a.path != "/desk/log" {
		t.Errorf("an auditor is led to %s", a.path)
	}
	for query, want := range map[string]bool{
		"actor=" + by.ID.String():                             true,
		"actor=" + comment.String():                           false,
		"action=account.reveal":                               true,
		"action=account.ban":                                  false,
		"object=comment%3A" + comment.String():                true,
		"object=comment%3Ax":                                  false,
		"before=1":                                            false,
		"action=account.reveal&object=comment%3A" + "0" + "x": false,
	} {
		a := auditor.get("/desk/log?" + query).want(http.StatusOK)
		if strings.Contains(textOf(a.body), "Nothing in the log fits.") == want {
			t.Errorf("?%s finds something: %v", query, !want)
		}
	}
	for _, query := range []string{"actor=x", "before=0", "before=x"} {
		auditor.get("/desk/log?" + query).want(http.StatusNotFound)
	}
}

func TestDashboardPage(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	comment := b.write(h.site, h.story.ID, 0, forum.BylineName, "Jonas Reader", "One.")
	h.decided(comment)
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		a := h.staffed(h.site, forum.RoleModerator).get("/desk/dashboard?lang="+loc).want(http.StatusOK).has("Mara Lindqvist", h.story.Headline)
		a.lacks("Jonas Reader", "chart.", "dashboard.", "transparency.")
	}
}

// TestExport walks an export of statements from its form to the file: asked for,
// agreed to by somebody else, fetched, noted in the log.
func TestExport(t *testing.T) {
	h := newHouse(t)
	comment := h.browser().write(h.site, h.story.ID, 0, forum.BylineName, "Jonas Reader", "An insulting remark.")
	h.decided(comment)
	month := h.desk.Now().Format("2006-01")
	admin, lead := h.staffed(h.site, forum.RoleAdmin), h.staffed(h.site, forum.RoleLead)
	admin.get("/desk/export").want(http.StatusOK).has("Ask a second person")
	for _, bad := range []string{"", "November", "2026-13", "2999-01"} {
		admin.post("/desk/export", url.Values{"month": {bad}}).want(http.StatusUnprocessableEntity).has("Name a month that has begun")
	}
	// Nothing can be fetched before somebody agreed.
	admin.post("/desk/export/statements", url.Values{"month": {month}}).want(http.StatusNotFound)
	admin.post("/desk/export", url.Values{"month": {month}, "words": {"for the yearly report"}}).want(http.StatusOK).has("A second person has to agree")
	id := idAfter(lead.get("/desk/proposals").want(http.StatusOK).has("Take data out", "for the yearly report"), "/desk/proposals/")
	fetch := url.Values{"month": {month}, "proposal": {id}}
	admin.post("/desk/export/statements", fetch).want(http.StatusForbidden)
	lead.post("/desk/proposals/"+id+"/approve", nil).want(http.StatusOK)
	admin.get("/desk/export").want(http.StatusOK).has("Fetch the file")
	a := admin.post("/desk/export/statements", fetch).want(http.StatusOK)
	if !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") || strings.Count(a.body, "\n") != 1 || !strings.Contains(a.body, `"decision_ground"`) {
		t.Errorf("not a file of one statement: %v\n%s", a.header, a.body)
	}
	for _, secret := range []string{"Mara", "Jonas", "insulting remark", "private word", "canary", comment.String()} {
		if strings.Contains(a.body, secret) {
			t.Errorf("the file says %q", secret)
		}
	}
	admin.get("/desk/log?action=export.statements").want(http.StatusOK).has("Statements of reasons taken out", "month:"+month)
	// The agreement is for one person and one month.
	fetch.Set("month", "2026-01")
	admin.post("/desk/export/statements", fetch).want(http.StatusForbidden)
	other := h.staffed(h.site, forum.RoleAdmin)
	fetch.Set("month", month)
	other.post("/desk/export/statements", fetch).want(http.StatusForbidden)
	lead.post("/desk/export/statements", fetch).want(http.StatusForbidden)
}
