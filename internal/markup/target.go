package markup

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/util"
	"golang.org/x/net/idna"
)

const maxURL = 2000 // bytes; longer ones are not meant for readers

// target is where a link leads, if a link may lead there.
type target struct {
	href string // absolute, its host in ASCII
	host string // as a reader should see it; the address of a mailto link
}

var mailAddress = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)

// judge reads the address of a link. Only http, https and mailto pass, and only
// what every browser reads as we do (WHATWG URL): no user names, no escapes, IPv6
// addresses or odd numbers as the host, no backslashes, no controls.
func judge(raw string) (target, bool) {
	if len(raw) > maxURL || strings.ContainsRune(raw, '\\') || strings.ContainsFunc(raw, unseen) {
		return target{}, false
	}
	u, err := url.Parse(raw)
	if err != nil {
		return target{}, false
	}
	if u.Scheme == "mailto" {
		address, _, _ := strings.Cut(u.Opaque, "?")
		return target{"mailto:" + address, address}, mailAddress.MatchString(address)
	}
	name, ok := webHost(raw, u)
	if !ok {
		return target{}, false
	}
	port := u.Port()
	if u.Host = name; port != "" {
		u.Host += ":" + port
	}
	return target{string(util.URLEscape([]byte(u.String()), false)), shownHost(name)}, true
}

// webHost is the host of a web address in ASCII, if the address is one.
func webHost(raw string, u *url.URL) (string, bool) {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Opaque != "" {
		return "", false
	}
	_, authority, _ := strings.Cut(raw, "//")
	if i := strings.IndexAny(authority, "/?#"); i >= 0 {
		authority = authority[:i]
	}
	if strings.ContainsAny(authority, "@%") {
		return "", false
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", false
		}
	}
	return asciiHost(u.Hostname())
}

func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}

// asciiHost is the host as the name system knows it. A last part that is a
// number would be read as an IPv4 address in one of its old spellings.
func asciiHost(host string) (string, bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String(), ip.Is4()
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil || ascii == "" {
		return "", false
	}
	last := strings.TrimSuffix(ascii, ".")
	last = last[strings.LastIndexByte(last, '.')+1:]
	return ascii, last != "" && (last[0] < '0' || last[0] > '9')
}

// shownHost is the host in the letters of its readers where these cannot be
// mistaken: all of one script, and of the Latin one only the usual accents. Any
// other name is shown as "xn--…".
func shownHost(ascii string) string {
	readable, err := idna.Display.ToUnicode(ascii)
	if err != nil {
		return ascii
	}
	script := ""
	for _, r := range readable {
		if !unicode.In(r, unicode.L, unicode.M) || unicode.Is(unicode.Inherited, r) {
			continue
		}
		s := hostScript(r)
		if s == "" || script != "" && s != script {
			return ascii
		}
		script = s
	}
	return readable
}

func hostScript(r rune) string {
	const dotless = 'ı'
	if unicode.Is(unicode.Latin, r) {
		if r > '\u017f' || r == dotless {
			return ""
		}
		return "Latin"
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
