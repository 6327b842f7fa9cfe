package web

import (
	"net/http"
	"slices"
	"strings"

	"parley/frontend/locale"
	reasonspage "parley/frontend/pages/reasons"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// showReasons shows the site's list of reasons with the forms that change it.
func (s *server) showReasons(w http.ResponseWriter, r *request) error {
	return s.reasonsPage(w, r, r.site, view.ReasonRow{Category: forum.StatementCategories()[0]}, nil)
}

func (s *server) reasonsPage(w http.ResponseWriter, r *request, site forum.Site, typed view.ReasonRow, problem *forum.Error) error {
	v := view.ReasonList{
		Shell: s.shell(r, locale.T(r.locale, "reasons.title")), Action: r.prefix + "/desk/reasons", Seen: desk.SettingsSeen(site), New: typed,
	}
	v.Shell.NoIndex = true
	if r.URL.Query().Has("did") {
		v.Flash = locale.T(r.locale, "reasons.did")
	}
	for _, c := range forum.StatementCategories() {
		v.Categories = append(v.Categories, view.Reason{Code: c, Words: locale.T(r.locale, "category."+c)})
	}
	all := site.Settings.AllReasons()
	for i, x := range all {
		row := view.ReasonRow{
			Code: x.Code, Shown: reasonWords(site, r.locale, x.Code), Words: x.Words, Default: defaultWords(x.Code), Category: x.Category,
			Illegal: x.Illegal, Retired: x.Retired, First: i == 0, Last: i == len(all)-1,
		}
		v.Reasons = append(v.Reasons, row)
	}
	status := http.StatusOK
	if problem != nil {
		v.Errors, status = []view.FieldError{{Text: sentence(r.locale, problem)}}, statuses[problem.Kind]
	}
	s.writePage(w, r, status, reasonspage.Page(v))
	return nil
}

// defaultWords are what the catalogues say for a reason, by language.
func defaultWords(code string) map[string]string {
	words := map[string]string{}
	for _, loc := range locale.Supported() {
		if key := "reject." + code; locale.Has(key) {
			words[loc] = locale.T(loc, key)
		}
	}
	return words
}

// postReasons changes the list: one reason's words, or its place.
func (s *server) postReasons(w http.ResponseWriter, r *request) error {
	if err := r.form(); err != nil {
		return err
	}
	typed, do := readReason(r), r.PostFormValue("do")
	change, ok := reasonChanges[do]
	if !ok {
		return forum.Fail(forum.Invalid, "error.badRequest").At("do")
	}
	_, err := s.Desk.Configure(r.Context(), r.site, r.actor, r.PostFormValue("seen"), func(site *forum.Site) {
		site.Settings.Reasons = change(site.Settings.AllReasons(), typed)
	})
	if e := mendable(err); e != nil {
		if e.Field == "reasons" {
			e = forum.Fail(forum.Invalid, "error.reasonsBad")
		}
		row := view.ReasonRow{Category: forum.StatementCategories()[0]}
		if do == "add" {
			row = view.ReasonRow{Words: typed.Words, Category: typed.Category, Illegal: typed.Illegal}
		}
		return s.reasonsPage(w, r, r.site, row, e)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, r.prefix+"/desk/reasons?did=saved")
}

// readReason reads one reason from its form.
func readReason(r *request) forum.RejectReason {
	x := forum.RejectReason{
		Code: r.PostFormValue("code"), Category: r.PostFormValue("category"), Illegal: r.PostFormValue("illegal") != "",
		Words: map[string]string{},
	}
	for _, loc := range locale.Supported() {
		if text := strings.TrimSpace(r.PostFormValue("words-" + loc)); text != "" {
			x.Words[loc] = text
		}
	}
	return x
}

// reasonChanges are what the buttons of the page do to the list.
var reasonChanges = map[string]func(all []forum.RejectReason, typed forum.RejectReason) []forum.RejectReason{
	"add":  addReason,
	"save": replaceReason,
	"up": func(all []forum.RejectReason, x forum.RejectReason) []forum.RejectReason {
		return moveReason(all, x.Code, -1)
	},
	"down": func(all []forum.RejectReason, x forum.RejectReason) []forum.RejectReason {
		return moveReason(all, x.Code, 1)
	},
	"retire": func(all []forum.RejectReason, x forum.RejectReason) []forum.RejectReason {
		return retireReason(all, x.Code, true)
	},
	"restore": func(all []forum.RejectReason, x forum.RejectReason) []forum.RejectReason {
		return retireReason(all, x.Code, false)
	},
}

// addReason appends a reason under a code made of its English or first words.
func addReason(all []forum.RejectReason, x forum.RejectReason) []forum.RejectReason {
	x.Code = forum.ReasonCode(x.Words, all)
	return append(all, x)
}

func replaceReason(all []forum.RejectReason, x forum.RejectReason) []forum.RejectReason {
	if i := indexOfReason(all, x.Code); i >= 0 {
		x.Retired = all[i].Retired
		all[i] = x
	}
	return all
}

func moveReason(all []forum.RejectReason, code string, by int) []forum.RejectReason {
	i := indexOfReason(all, code)
	if j := i + by; i >= 0 && j >= 0 && j < len(all) {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

func retireReason(all []forum.RejectReason, code string, retired bool) []forum.RejectReason {
	if i := indexOfReason(all, code); i >= 0 {
		all[i].Retired = retired
	}
	return all
}

func indexOfReason(all []forum.RejectReason, code string) int {
	return slices.IndexFunc(all, func(x forum.RejectReason) bool { return x.Code == code })
}
