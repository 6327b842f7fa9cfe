package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"parley/frontend/locale"
	"parley/frontend/pages/mydata"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// showPrivacy shows what readers can do about what the site knows of them.
func (s *server) showPrivacy(w http.ResponseWriter, r *request) error {
	return s.privacy(w, r, http.StatusOK, "", nil)
}

// privacy shows the page, with the form of erasing again if it was refused.
func (s *server) privacy(w http.ResponseWriter, r *request, status int, remains string, problem error) error {
	mutes, err := s.Desk.Mutes(r.Context(), r.site, r.actor)
	if err != nil {
		return err
	}
	v := view.Privacy{
		Shell: s.shell(r, t(r, "mydata.title")), Public: !r.actor.Account.ProfileOff, Word: desk.EraseWord(r.site, r.actor),
		Mutes: mutes, Remains: remains, Flash: said(r, "mydata.did", "Profile"),
	}
	v.Shell.NoIndex = true
	if r.actor.Account.Name != "" && v.Public {
		v.Profile = r.prefix + "/u/" + r.actor.Account.AuthorKey
	}
	if problem != nil {
		v.Error, v.ErrorAt = problemAt(r, problem, fieldOf(problem)), fieldOf(problem)
	}
	s.writePage(w, r, status, mydata.Page(v))
	return nil
}

// dataLine is a value of a person's data as JSON.
func dataLine(fields []desk.DataField) map[string]any {
	line := make(map[string]any, len(fields))
	for _, f := range fields {
		switch v := f.Value.(type) {
		case time.Time:
			line[f.Name] = jsonTime(v)
		case forum.ID:
			line[f.Name] = ""
			if v != 0 {
				line[f.Name] = v.String()
			}
		case string:
			if f.Name == "earlier" {
				earlier, _ := line[f.Name].([]string)
				line[f.Name] = append(earlier, v)
				continue
			}
			line[f.Name] = v
		default:
			line[f.Name] = v
		}
	}
	return line
}

// takeJSON sends readers all that the site knows of them, as it is read.
func (s *server) takeJSON(w http.ResponseWriter, r *request) error {
	if err := s.Desk.TookData(r.Context(), r.site, r.actor); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", `attachment; filename="`+r.site.Slug+`-data.json"`)
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "{\n\"site\": %q,\n\"made\": %q", r.site.Slug, jsonTime(s.Desk.Now()))
	for _, part := range desk.DataParts() {
		fmt.Fprintf(out, ",\n%q: [", part)
		between := "\n"
		err := s.Desk.MyData(r.Context(), r.site, r.actor, part, func(fields []desk.DataField) error {
			text, err := json.Marshal(dataLine(fields))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(out, "%s%s", between, text)
			between = ",\n"
			return err
		})
		if err != nil {
			return s.cutOff(r, err)
		}
		fmt.Fprint(out, "\n]")
	}
	fmt.Fprint(out, "\n}\n")
	// The client may be gone; there is nobody left to tell.
	_ = out.Flush()
	return nil
}

// cutOff ends an answer that has begun and cannot be finished, so that nobody
// takes the half of it for the whole.
func (s *server) cutOff(r *request, err error) error {
	s.Log.ErrorContext(r.Context(), "send data", "request", r.requestID, "error", err)
	panic(http.ErrAbortHandler)
}

// takeHTML sends readers all that the site knows of them, to be read by people.
func (s *server) takeHTML(w http.ResponseWriter, r *request) error {
	if err := s.Desk.TookData(r.Context(), r.site, r.actor); err != nil {
		return err
	}
	v := view.Data{Shell: s.shell(r, t(r, "mydata.all"))}
	v.Shell.NoIndex = true
	for _, part := range desk.DataParts() {
		v.Parts = append(v.Parts, view.DataPart{Name: part})
	}
	h := w.Header()
	h.Set("Content-Type", htmlType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", `attachment; filename="`+r.site.Slug+`-data.html"`)
	rows := func(part string) templ.Component {
		return templ.ComponentFunc(func(ctx context.Context, out io.Writer) error {
			n := 0
			err := s.Desk.MyData(ctx, r.site, r.actor, part, func(fields []desk.DataField) error {
				n++
				return mydata.Row(dataWords(r, fields)).Render(ctx, out)
			})
			if err == nil && n == 0 {
				_, err = io.WriteString(out, templ.EscapeString(t(r, "mydata.none")))
			}
			return err
		})
	}
	if err := mydata.Data(v, rows).Render(r.Context(), w); err != nil {
		return s.cutOff(r, err)
	}
	return nil
}

// dataWords writes the values of a row for people; empty ones are left out.
func dataWords(r *request, fields []desk.DataField) []view.DataField {
	var out []view.DataField
	for _, f := range fields {
		value := ""
		switch v := f.Value.(type) {
		case time.Time:
			if !v.IsZero() {
				value = locale.Time(r.locale, v)
			}
		case forum.ID:
			if v != 0 {
				value = v.String()
			}
		case bool:
			value = t(r, fmt.Sprintf("data.%t", v))
		case string:
			value = v
		default:
			value = fmt.Sprint(v)
		}
		if value != "" {
			out = append(out, view.DataField{Label: t(r, "data."+f.Name), Value: value})
		}
	}
	return out
}

// postErase forgets the reader, who sees from then on how far it has come.
func (s *server) postErase(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	remains := r.PostFormValue("comments")
	job, err := s.Desk.EraseMe(r.Context(), r.site, r.actor, forum.Remains(remains), r.PostFormValue("word"))
	if mends(err) || forum.IsKind(err, forum.Unauthorised) {
		return s.privacy(w, r, statusOf(err), remains, err)
	}
	if err != nil {
		return err
	}
	s.forget(w, r)
	for _, cookie := range []string{cookieMutes, cookieSeen, cookieView} {
		s.keep(w, r, cookie, "")
	}
	return seeOther(w, r, r.prefix+"/erasures/"+job.String())
}

// showErasing says how far the forgetting of somebody has come. Whoever has the
// address learns nothing else.
func (s *server) showErasing(w http.ResponseWriter, r *request) error {
	id, err := r.id("job")
	if err != nil {
		return err
	}
	j, err := s.Desk.EraseProgress(r.Context(), r.site, id)
	if err != nil {
		return err
	}
	v := view.Erasing{
		Shell: s.shell(r, t(r, "mydata.erasing")), Done: j.State == forum.JobDone, Progress: j.Progress, Total: j.Total,
		Path: r.prefix + r.URL.Path,
	}
	v.Shell.NoIndex = true
	return s.show(w, r, mydata.Erasing(v))
}
