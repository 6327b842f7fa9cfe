package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// separators stand between groups of three digits; all four languages write
// Western digits in news (CLDR's default numbering for "ar" among them).
var separators = map[string]string{"en": ",", "ar": ",", "tr": ".", "ru": "\u00a0"}

// Number writes a whole number as a language groups it: 1,200 or 1.200.
func Number(loc string, n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separators[Known(loc)])
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// months are written as a date has them (Russian in the genitive).
var months = map[string][12]string{
	"en": {
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	},
	"ar": {
		"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
		"يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
	},
	"tr": {
		"Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran",
		"Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık",
	},
	"ru": {
		"января", "февраля", "марта", "апреля", "мая", "июня",
		"июля", "августа", "сентября", "октября", "ноября", "декабря",
	},
}

// standalone are the months as they stand without a day, where that differs.
var standalone = map[string][12]string{
	"ru": {
		"январь", "февраль", "март", "апрель", "май", "июнь",
		"июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
	},
}

// Month writes a month of a year: November 2026.
func Month(loc string, t time.Time) string {
	names, ok := standalone[Known(loc)]
	if !ok {
		names = months[Known(loc)]
	}
	return fmt.Sprintf("%s %d", names[t.Month()-1], t.Year())
}

// Weekday writes the name of a day of the week.
func Weekday(loc string, d time.Weekday) string { return T(loc, "weekday."+fmt.Sprint(int(d))) }

// DayMonth writes a day without its year: 22 November.
func DayMonth(loc string, t time.Time) string {
	t = t.UTC()
	return fmt.Sprintf("%d %s", t.Day(), months[Known(loc)][t.Month()-1])
}

var clocks = map[string]string{"en": ", ", "ar": "، ", "tr": ", ", "ru": ", "}

// Date writes a day in UTC: 22 November 2026. The zero time is an unknown date.
func Date(loc string, t time.Time) string {
	if t.IsZero() {
		return T(loc, "date.unknown")
	}
	t = t.UTC()
	year, month, day := t.Date()
	return strconv.Itoa(day) + " " + months[Known(loc)][month-1] + " " + strconv.Itoa(year)
}

// Time writes an instant to the minute, with its zone: 22 November 2026, 14:05
// UTC. The zero time is an unknown date.
func Time(loc string, t time.Time) string {
	if t.IsZero() {
		return T(loc, "date.unknown")
	}
	return Date(loc, t) + clocks[Known(loc)] + t.UTC().Format("15:04") + " UTC"
}

// Machine writes an instant for the datetime attribute, to the minute.
func Machine(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }

// Clock writes the time of day of an instant, with its zone: 14:05 UTC.
func Clock(t time.Time) string { return t.UTC().Format("15:04") + " UTC" }

// Exact writes an instant to the second, for scripts that count down to it.
func Exact(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Percent writes a whole number of per cent as a language does: 12% or %12.
func Percent(loc string, n int) string { return T(loc, "chart.percent", "n", n) }

// Span writes how long something took or has waited, in the greatest unit that
// says it well: 45 minutes, 3 hours, 2 days. It rounds down.
func Span(loc string, d time.Duration) string {
	switch {
	case d < time.Minute:
		return T(loc, "span.moment")
	case d < 2*time.Hour:
		return N(loc, "span.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return N(loc, "span.hours", int(d/time.Hour))
	}
	return N(loc, "span.days", int(d/(24*time.Hour)))
}
