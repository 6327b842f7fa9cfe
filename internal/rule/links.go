package rule

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"parley/internal/forum"
)

// Link is a link of a draft: the host it leads to, in ASCII, and where it stands.
type Link struct {
	Host string
	Mark forum.Mark
}

// domains is a set of domains, each with all below it.
type domains map[string]bool

// newDomains reads domains as people write them: "example.com",
// "https://www.Example.com/", "пример.рф". The error stands at the entry.
func newDomains(list []string, field string) (domains, error) {
	if len(list) > maxDomains {
		return nil, bad("error.ruleTooManyDomains", field).With("max", maxDomains)
	}
	d := domains{}
	for _, raw := range list {
		host, ok := domainOf(raw)
		if !ok {
			return nil, bad("error.ruleDomain", field).With("domain", raw)
		}
		d[host] = true
	}
	return d, nil
}

const maxDomains = 5_000

func domainOf(raw string) (string, bool) {
	s := strings.ToLower(strings.TrimSpace(raw))
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	s, _, _ = strings.Cut(s, "/")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "*."), "www.")
	host, err := idna.Lookup.ToASCII(strings.Trim(s, "."))
	return host, err == nil && strings.Contains(host, ".") && len(host) <= 253
}

// has reports whether a host is one of the domains or below one.
func (d domains) has(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for host != "" {
		if d[host] {
			return true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return false
}

// mentions are the domains a text names without making a link of them:
// "buy at example.com". Only what could be registered counts, so that
// "end.Next" and "e.g." are none.
func mentions(source string) []Link {
	var found []Link
	for start := 0; start < len(source); {
		end := start
		for end < len(source) {
			r, size := utf8.DecodeRuneInString(source[end:])
			if notHost(r) {
				break
			}
			end += size
		}
		if l, ok := mention(source[start:end]); ok {
			found = append(found, Link{l.Host, forum.Mark{From: start + l.Mark.From, To: start + l.Mark.To}})
		}
		_, size := utf8.DecodeRuneInString(source[end:])
		start = end + size
	}
	return found
}

func mention(text string) (Link, bool) {
	word := strings.Trim(text, ".-")
	if !strings.Contains(word, ".") {
		return Link{}, false
	}
	host, ok := domainOf(word)
	at := strings.Index(text, word)
	return Link{host, forum.Mark{From: at, To: at + len(word)}}, ok && registrable(host)
}

func notHost(r rune) bool { return r != '.' && r != '-' && !wordRune(r) }

func registrable(host string) bool {
	suffix, listed := publicsuffix.PublicSuffix(host)
	return suffix != host && (listed || strings.Contains(suffix, "."))
}

// merge returns the links and those mentions that are no part of one.
func merge(links, mentions []Link) []Link {
	all := slices.Clone(links)
	for _, m := range mentions {
		if !slices.ContainsFunc(links, func(l Link) bool { return l.Mark.From <= m.Mark.From && m.Mark.To <= l.Mark.To }) {
			all = append(all, m)
		}
	}
	return all
}
