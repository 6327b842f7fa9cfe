// Package mail has the words and the look of Parley's messages by e-mail, as
// plain text and as HTML that says the same. What may never enter: a picture
// from elsewhere, a link that somebody else than Parley wrote, and markup of a
// comment.
package mail

import (
	"bytes"
	"context"
	"strings"

	"parley/frontend/locale"
	"parley/frontend/parts/told"
	"parley/frontend/view"
)

// Words writes a letter: its subject and both its forms.
func Words(ctx context.Context, l view.Letter) (subject, text, html string, err error) {
	l.Locale = locale.Known(l.Locale)
	for i, t := range l.Told {
		l.Told[i] = inertTold(t, l.Locale)
	}
	var b bytes.Buffer
	if err := page(l).Render(ctx, &b); err != nil {
		return "", "", "", err
	}
	return subjectOf(l), plain(l), b.String(), nil
}

// say is a text of the letter's template with its data filled in.
func say(l view.Letter, part string) string {
	args := []any{"site", l.SiteName}
	for name, value := range l.Data {
		if name != "url" && name != "code" {
			args = append(args, name, inert(value, l.Locale))
		}
	}
	return locale.T(l.Locale, "mail."+l.Template+"."+part, args...)
}

func subjectOf(l view.Letter) string {
	switch {
	case len(l.Told) == 1:
		return told.Sentence(l.Told[0], l.Locale)
	case len(l.Told) > 1:
		return l.SiteName + ": " + locale.N(l.Locale, "mail.told.subject", len(l.Told))
	case len(l.Alerts) > 0:
		return l.SiteName + ": " + locale.N(l.Locale, "mail.alert.subject", len(l.Alerts))
	}
	return say(l, "subject")
}

// lead are the paragraphs above what a letter lists.
func lead(l view.Letter) []string {
	if len(l.Told) > 0 || len(l.Alerts) > 0 {
		return nil
	}
	return strings.Split(say(l, "text"), "\n\n")
}

// button is where a letter's one button leads, and its words; none if empty.
func button(l view.Letter) (url, words string) {
	if path := l.Data["url"]; path != "" {
		return l.Base + path, say(l, "button")
	}
	return "", ""
}

// why says why somebody gets the letter.
func why(l view.Letter) string {
	key := "mail.whyAsked"
	switch {
	case len(l.Told) > 0:
		key = "mail.why"
	case len(l.Alerts) > 0:
		key = "mail.whyAlert"
	}
	return locale.T(l.Locale, key, "site", l.SiteName)
}

// settings is where readers say how often they are written to.
func settings(l view.Letter) string { return l.Base + "/me/mail" }

// plain is the letter as text. Addresses stand on lines of their own, so that no
// program takes what is beside them along.
func plain(l view.Letter) string {
	var b strings.Builder
	line := func(parts ...string) {
		for _, p := range parts {
			if p != "" {
				b.WriteString(p + "\n")
			}
		}
		b.WriteByte('\n')
	}
	for _, p := range lead(l) {
		line(p)
	}
	if code := l.Data["code"]; code != "" {
		line("    " + code)
	}
	if url, words := button(l); url != "" {
		line(words+":", url)
	}
	for _, t := range l.Told {
		line(told.Sentence(t, l.Locale), quoted(t.Excerpt), reason(t, l.Locale), t.Note, t.URL)
	}
	for _, a := range l.Alerts {
		line(locale.T(l.Locale, "event."+string(a.Event)), a.About, locale.Time(l.Locale, a.At), a.URL)
	}
	line("-- ", why(l))
	if l.Stop != "" {
		line(locale.T(l.Locale, "mail.settings")+":", settings(l))
		line(locale.T(l.Locale, "mail.stop")+":", l.Stop)
	}
	return b.String()
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return "> " + strings.ReplaceAll(text, "\n", "\n> ")
}

func reason(t view.Told, loc string) string {
	if t.Reason == "" {
		return ""
	}
	return locale.T(loc, "told.reason", "reason", t.Reason)
}

// start and end are the sides of a line in the letter's writing direction, for
// the few styles that mail programs read.
func start(loc string) string {
	if locale.Dir(loc) == "rtl" {
		return "right"
	}
	return "left"
}

func bar(loc string) string {
	return "margin:8px 0;padding:2px 14px;border-" + start(loc) + ":3px solid #9b1c31;opacity:.85"
}
