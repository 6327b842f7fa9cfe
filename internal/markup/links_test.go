package markup

import (
	"strings"
	"testing"
)

func TestLinks(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"no link, example.com is only named", ""},
		{"see https://www.example.com/a?b=c.", "www.example.com https://www.example.com/a?b=c"},
		{"[here](https://example.com:8443/x) and <http://b.example/>", "example.com https://example.com:8443/x; b.example http://b.example/"},
		{"[a](https://пример.рф/) twice [a](https://пример.рф/)", "xn--e1afmkfd.xn--p1ai https://пример.рф/; xn--e1afmkfd.xn--p1ai https://пример.рф/"},
		{"`https://code.example/` [mail](mailto:a@b.example) [js](javascript:x)", ""},
		{"[x](https://example.com/a\\_b)", "example.com "},
		{"![p](https://img.example/p.png)", "img.example https://img.example/p.png"},
		{"[a](https://user@evil.example/)", ""},
	} {
		var got []string
		for _, l := range Links(c.source) {
			got = append(got, l.Host+" "+c.source[l.From:l.To])
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%q: %q, want %q", c.source, s, c.want)
		}
	}
}
