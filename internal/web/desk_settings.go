package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"parley/frontend/locale"
	staffpage "parley/frontend/pages/staff"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// showSettings shows the form of the site's settings.
func (s *server) showSettings(w http.ResponseWriter, r *request) error {
	return s.settings(w, r, http.StatusOK, r.site, desk.SettingsSeen(r.site), nil)
}

// settings shows the form with what a site has or was to have.
func (s *server) settings(w http.ResponseWriter, r *request, status int, site forum.Site, seen string, problem error) error {
	form := settingsForm{r, problem}
	v := view.Settings{
		Shell: s.deskShell(r, t(r, "settings.title")), Seen: seen, Parts: form.parts(site), Action: r.prefix + "/desk/settings",
		Flash: said(r, "settings.did", "Save", "Propose"), Error: problemAt(r, problem, ""),
	}
	if problem != nil && v.Error == "" {
		v.Error = t(r, "settings.wrong")
	}
	s.writePage(w, r, status, staffpage.Settings(v))
	return nil
}

// settingsForm makes the fields of the form. Their names are those of the
// settings as JSON, so that an error stands at its field.
type settingsForm struct {
	r       *request
	problem error
}

func (f settingsForm) field(kind view.FieldKind, name, value string) view.Field {
	return view.Field{
		Kind: kind, Name: name, Label: t(f.r, "settings."+name), Hint: f.hint(name), Value: value, Error: problemAt(f.r, f.problem, name),
	}
}

func (f settingsForm) hint(name string) string {
	if key := "settings." + name + "Hint"; locale.Has(key) {
		return t(f.r, key)
	}
	return ""
}

func (f settingsForm) number(name string, n int) view.Field {
	return f.field(view.FieldNumber, name, strconv.Itoa(n))
}

func (f settingsForm) check(name string, on bool) view.Field {
	x := f.field(view.FieldCheck, name, "")
	x.On = on
	return x
}

func (f settingsForm) parts(site forum.Site) []view.Fields {
	st := site.Settings
	return []view.Fields{
		{Heading: t(f.r, "settings.partSite"), Fields: []view.Field{
			f.field(view.FieldText, "name", site.Name), f.locales(st.Locale), f.field(view.FieldArea, "sections", sectionLines(st.Sections)),
			f.field(view.FieldArea, "guidelines", st.Guidelines), f.check("profiles_hidden", st.ProfilesHidden),
		}},
		{Heading: t(f.r, "settings.partWriting"), Fields: []view.Field{
			f.bylines(st.Bylines), f.check("hold_first", st.HoldFirst), f.check("links", st.Links), f.number("max_length", st.MaxLength),
			f.number("edit_window", int(st.EditWindow)), f.number("trusted_after", st.TrustedAfter),
		}},
		{Heading: t(f.r, "settings.partPace"), Fields: append(f.pace("nameless_pace", st.NamelessPace), f.pace("reader_pace", st.ReaderPace)...)},
		{Heading: t(f.r, "settings.partEmbed"), Fields: []view.Field{f.field(view.FieldArea, "origins", strings.Join(st.Origins, "\n"))}},
		{Heading: t(f.r, "settings.partDesk"), Fields: []view.Field{f.check("four_eyes", st.FourEyes)}},
	}
}

func (f settingsForm) locales(chosen string) view.Field {
	x := f.field(view.FieldSelect, "locale", "")
	for _, loc := range forum.Locales() {
		x.Options = append(x.Options, view.Option{Value: loc, Label: locale.Name(loc), On: loc == chosen})
	}
	return x
}

func (f settingsForm) bylines(chosen []forum.BylineKind) view.Field {
	x := f.field(view.FieldChecks, "bylines", "")
	for _, kind := range forum.DefaultSettings().Bylines {
		x.Options = append(x.Options, view.Option{Value: string(kind), Label: t(f.r, "settings.byline."+string(kind)), On: slices.Contains(chosen, kind)})
	}
	return x
}

func (f settingsForm) pace(name string, p forum.Pace) []view.Field {
	gap, count, window := f.number(name+".gap", int(p.Gap)), f.number(name+".count", p.Count), f.number(name+".window", int(p.Window))
	gap.Error = problemAt(f.r, f.problem, name)
	return []view.Field{gap, count, window}
}

// sectionLines writes sections as the form shows them: slug and name, a line each.
func sectionLines(sections []forum.Section) string {
	var lines []string
	for _, x := range sections {
		lines = append(lines, x.Slug+" "+x.Name)
	}
	return strings.Join(lines, "\n")
}

// postSettings changes the settings.
func (s *server) postSettings(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	wanted, err := readSettings(r)
	if err != nil {
		return s.settings(w, r, statusOf(err), wanted, r.PostFormValue("seen"), err)
	}
	waits, err := s.Desk.Configure(r.Context(), r.site, r.actor, r.PostFormValue("seen"), func(x *forum.Site) { *x = chosen(*x, wanted) })
	if mends(err) {
		return s.settings(w, r, statusOf(err), wanted, r.PostFormValue("seen"), err)
	}
	if err != nil {
		return err
	}
	did := "Save"
	if waits != 0 {
		did = "Propose"
	}
	return seeOther(w, r, r.prefix+"/desk/settings?did="+did)
}

// chosen is a site with the settings of the form; those the form does not have
// stay.
func chosen(site, wanted forum.Site) forum.Site {
	have, want := &site.Settings, wanted.Settings
	site.Name = wanted.Name
	have.Locale, have.Sections, have.Guidelines, have.ProfilesHidden = want.Locale, want.Sections, want.Guidelines, want.ProfilesHidden
	have.Bylines, have.HoldFirst, have.Links, have.MaxLength = want.Bylines, want.HoldFirst, want.Links, want.MaxLength
	have.EditWindow, have.TrustedAfter = want.EditWindow, want.TrustedAfter
	have.NamelessPace, have.ReaderPace, have.Origins, have.FourEyes = want.NamelessPace, want.ReaderPace, want.Origins, want.FourEyes
	return site
}

// readSettings reads the form. What it cannot read stays as the site has it, and
// the error names the field.
func readSettings(r *request) (forum.Site, error) {
	site, st := r.site, &r.site.Settings
	var first error
	number := func(name string, otherwise int) int {
		n, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue(name)))
		if err != nil && first == nil {
			field, _, _ := strings.Cut(name, ".")
			first = forum.Fail(forum.Invalid, "error.setting").With("setting", field).At(field)
		}
		if err != nil {
			return otherwise
		}
		return n
	}
	pace := func(name string, p forum.Pace) forum.Pace {
		return forum.Pace{
			Gap: forum.Seconds(number(name+".gap", int(p.Gap))), Count: number(name+".count", p.Count),
			Window: forum.Seconds(number(name+".window", int(p.Window))),
		}
	}
	on := func(name string) bool { return r.PostFormValue(name) == "on" }
	site.Name = strings.TrimSpace(r.PostFormValue("name"))
	site.Settings = *st
	out := &site.Settings
	out.Locale, out.Guidelines = r.PostFormValue("locale"), strings.TrimSpace(r.PostFormValue("guidelines"))
	out.Sections, out.Origins, out.Bylines = readSections(r.PostFormValue("sections")), strings.Fields(r.PostFormValue("origins")), nil
	for _, kind := range r.PostForm["bylines"] {
		out.Bylines = append(out.Bylines, forum.BylineKind(kind))
	}
	out.ProfilesHidden, out.HoldFirst, out.Links, out.FourEyes = on("profiles_hidden"), on("hold_first"), on("links"), on("four_eyes")
	out.MaxLength, out.EditWindow = number("max_length", st.MaxLength), forum.Seconds(number("edit_window", int(st.EditWindow)))
	out.TrustedAfter = number("trusted_after", st.TrustedAfter)
	out.NamelessPace, out.ReaderPace = pace("nameless_pace", st.NamelessPace), pace("reader_pace", st.ReaderPace)
	return site, first
}

// readSections reads a section from each line: its slug and its name.
func readSections(text string) []forum.Section {
	var out []forum.Section
	for line := range strings.Lines(text) {
		if slug, name, _ := strings.Cut(strings.TrimSpace(line), " "); slug != "" {
			out = append(out, forum.Section{Slug: slug, Name: strings.TrimSpace(name)})
		}
	}
	return out
}
