package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

func TestPageCache_keeps(t *testing.T) {
	for bytes, want := range map[int64]int64{1 << 20: 1, -1: 3} {
		c, err := newPageCache(bytes)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if p, err := c.fixed("name", htmlType, []byte("page")); err != nil || string(p.forms[identity].Load().body) != "page" {
				t.Fatalf("page %v, %v", p, err)
			}
		}
		if f := c.figures(); f.builds != want || f.hits+f.misses != 3 {
			t.Errorf("%d bytes: %+v, want %d pages built", bytes, f, want)
		}
	}
}

// TestPageCache_weighsForms counts the bytes of each form when it is made.
func TestPageCache_weighsForms(t *testing.T) {
	c, err := newPageCache(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.fixed("name", htmlType, bytes.Repeat([]byte("words of a page "), 1000))
	if err != nil {
		t.Fatal(err)
	}
	plain := p.forms[identity].Load().body
	for made := range codings {
		f, err := p.form(taken{made, made})
		if err != nil || len(f.body) == 0 {
			t.Fatal(err)
		}
		if f, err := p.form(taken{}); err != nil || !bytes.Equal(f.body, plain) || f.etag[0] != `"`+p.tag+`"` {
			t.Errorf("with %s the plain page is %.20q %v: %v", codingNames[made], f.body, f.etag, err)
		}
		want := int64(pageWeight)
		for c := range codings {
			f := p.forms[c].Load()
			if kept := c <= made && (c != identity || made == identity); kept != (f != nil) {
				t.Errorf("with %s %s is kept: %v", codingNames[made], codingNames[c], f != nil)
			}
			if f == nil {
				continue
			}
			want += int64(len(f.body))
			// Go gives room for an eighth more at most.
			if room := cap(f.body); c != identity && room > len(f.body)+len(f.body)/8+64 {
				t.Errorf("%s has %d bytes and takes %d", codingNames[c], len(f.body), room)
			}
		}
		c.pages.CleanUp()
		if got := c.figures().bytes; got != want {
			t.Errorf("with %s the cache holds %d bytes, want %d", codingNames[made], got, want)
		}
	}
}

// TestPageCache_compresses has pages of which one alone is larger than the cache made
// for a reader who takes them compressed: it is weighed as it will be kept.
func TestPageCache_compresses(t *testing.T) {
	c, err := newPageCache(32 << 10)
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("words of a page "), 4<<10)
	ask := func(name string) {
		hr := httptest.NewRequest(http.MethodGet, "/", nil)
		hr.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
		build := func(context.Context) ([]byte, error) { return append(body, name...), nil }
		if err := c.serve(httptest.NewRecorder(), &request{Request: hr}, pageKey{kind: storyKind, name: name}, htmlType, build); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{"a", "b", "c", "d", "e", "f"}
	for range 2 {
		for _, name := range names {
			ask(name)
		}
		c.pages.CleanUp()
	}
	if f := c.figures(); f.builds != int64(len(names)) || f.entries != int64(len(names)) {
		t.Errorf("%+v, want %d pages built once and kept", f, len(names))
	}
}

// TestPack_memory packs a page of more than one of zstd's blocks on all processors: what
// an encoder keeps for it it keeps for good.
func TestPack_memory(t *testing.T) {
	var b bytes.Buffer
	for b.Len() < 100<<10 {
		fmt.Fprintf(&b, "<li><p>words of a comment %x</p></li>", rand.IntN(1<<20))
	}
	taken := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := taken()
	var all sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		all.Go(func() {
			if _, err := pack(zstdCoding, b.Bytes()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := (int64(taken()) - int64(before)) / int64(runtime.GOMAXPROCS(0)); n > 3<<20 {
		t.Errorf("zstd keeps %d KB for each processor", n>>10)
	}
}

// from asks for a page with an Accept-Encoding and an If-None-Match header.
func (p *page) from(t *testing.T, takes, known string) *httptest.ResponseRecorder {
	hr := httptest.NewRequest(http.MethodGet, "/", nil)
	hr.Header.Set("Accept-Encoding", takes)
	hr.Header.Set("If-None-Match", known)
	w := httptest.NewRecorder()
	if err := p.send(w, &request{Request: hr}); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestPage_quick asks as browsers do: they get zstd first, brotli once it was worth
// making, and are told that what they have is still so, whichever of them that is.
func TestPage_quick(t *testing.T) {
	const browser, safari, old = "gzip, deflate, br, zstd", "gzip, deflate, br", "gzip, deflate"
	text, err := os.ReadFile("../../frontend/locale/en.json")
	if err != nil {
		t.Fatal(err)
	}
	etags := map[string]bool{}
	get := func(p *page, takes, coding string) int {
		t.Helper()
		w := p.from(t, takes, "")
		packed, etag := w.Body.Bytes(), w.Header().Get("Etag")
		body := packed
		switch coding {
		case "br":
			body, err = unpack(brotliCoding, packed)
		case "zstd":
			body, err = unpack(zstdCoding, packed)
		case "gzip":
			r, bad := gzip.NewReader(w.Body)
			if bad != nil {
				t.Fatal(bad)
			}
			body, err = io.ReadAll(r)
		}
		if got := w.Header().Get("Content-Encoding"); got != coding || err != nil || !bytes.Equal(body, text) {
			t.Errorf("%q gets %q, want %q: %d bytes, %v", takes, got, coding, len(body), err)
		}
		etags[etag] = true
		return len(packed)
	}
	p := newPage(htmlType, text)
	first := 0
	for range warmAfter {
		first = get(p, browser, "zstd")
	}
	if warm := get(p, browser, "br"); warm >= first {
		t.Errorf("%d bytes, at first %d", warm, first)
	}
	get(p, old, "gzip")
	get(p, "identity", "")
	get(p, "zstd", "zstd")
	get(p, browser, "br")

	c, err := newPageCache(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	lasting, err := c.fixed("script", htmlType, text)
	if err != nil {
		t.Fatal(err)
	}
	get(lasting, browser, "br")

	other := newPage(htmlType, text)
	get(other, browser, "zstd")
	get(other, safari, "br")
	get(other, browser, "br") // which is there

	if len(etags) != 5 {
		t.Errorf("ETags %v, want one for each of zstd, brotli twice, gzip and plain", etags)
	}
	for etag := range etags {
		for _, p := range []*page{p, other, newPage(htmlType, text)} {
			for _, takes := range []string{browser, safari, old, ""} {
				if w := p.from(t, takes, etag); w.Code != http.StatusNotModified || w.Header().Get("Etag") != etag || w.Body.Len() != 0 {
					t.Errorf("%q with %s: %d %s", takes, etag, w.Code, w.Header().Get("Etag"))
				}
			}
		}
		if w := newPage(htmlType, append(text, ' ')).from(t, browser, etag); w.Code != http.StatusOK {
			t.Errorf("%s of another page: %d", etag, w.Code)
		}
	}
}

// TestPage_hot sends a page until it is compressed better. Who has it as it was is
// still told so.
func TestPage_hot(t *testing.T) {
	text, err := os.ReadFile("../../frontend/locale/en.json")
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(htmlType, text)
	get := func(known string) *httptest.ResponseRecorder { return p.from(t, "br", known) }
	first := get("")
	for range warmAfter {
		get("")
	}
	warm := get("")
	for range hotAfter {
		get("")
	}
	hot := get("")
	if warm.Body.Len() >= first.Body.Len() || hot.Body.Len() > warm.Body.Len() || warm.Header().Get("Etag") == hot.Header().Get("Etag") {
		t.Errorf("%d, %d and %d bytes, %s and %s", first.Body.Len(), warm.Body.Len(), hot.Body.Len(), warm.Header().Get("Etag"), hot.Header().Get("Etag"))
	}
	if hot.Body.Len() >= first.Body.Len() || hot.Header().Get("Etag") == first.Header().Get("Etag") {
		t.Errorf("%d bytes %s, at first %d bytes %s", hot.Body.Len(), hot.Header().Get("Etag"), first.Body.Len(), first.Header().Get("Etag"))
	}
	if back, err := io.ReadAll(brotli.NewReader(hot.Body)); err != nil || !bytes.Equal(back, text) {
		t.Errorf("it unpacks to something else: %v", err)
	}
	for _, etag := range []string{first.Header().Get("Etag"), warm.Header().Get("Etag"), hot.Header().Get("Etag"), "W/" + first.Header().Get("Etag")} {
		again := get(`"other", ` + etag)
		if again.Code != http.StatusNotModified || again.Header().Get("Etag") != strings.TrimPrefix(etag, "W/") {
			t.Errorf("%s: %d %s", etag, again.Code, again.Header().Get("Etag"))
		}
	}
	if w := get(`"` + p.tag + `-evil"`); w.Code != http.StatusOK {
		t.Errorf("an ETag that is none of the page's: %d", w.Code)
	}
}

func TestAccepted(t *testing.T) {
	for header, want := range map[string]taken{
		"":                                   {identity, identity},
		"gzip, deflate, br, zstd":            {brotliCoding, zstdCoding},
		"gzip, deflate, br":                  {brotliCoding, brotliCoding},
		"gzip, deflate, zstd":                {zstdCoding, zstdCoding},
		"gzip, br;q=0.9, zstd;q=0.9":         {gzipCoding, gzipCoding},
		"br, zstd;q=0.9":                     {brotliCoding, brotliCoding},
		"gzip;q=1.0, br;q=0.5":               {gzipCoding, gzipCoding},
		"br;q=0, gzip":                       {gzipCoding, gzipCoding},
		"BR ; Q=0.8":                         {brotliCoding, brotliCoding},
		"*":                                  {brotliCoding, zstdCoding},
		"*;q=0.5, br;q=0.1":                  {zstdCoding, zstdCoding},
		"identity":                           {identity, identity},
		"identity, gzip;q=0.5":               {identity, identity},
		"identity;q=0, gzip":                 {gzipCoding, gzipCoding},
		"deflate":                            {identity, identity},
		"br;q=evil":                          {identity, identity},
		"br;q=2":                             {identity, identity},
		"gzip;q=0.001, identity;q=0":         {gzipCoding, gzipCoding},
		strings.Repeat("evil;q=1,", 1000):    {identity, identity},
		"identity;q=0.2, zstd;q=0.3, br;q=0": {zstdCoding, zstdCoding},
	} {
		if got, ok := accepted(header); got != want || !ok {
			t.Errorf("%.60q: %v %v, want %v", header, got, ok, want)
		}
	}
	for _, header := range []string{"identity;q=0", "*;q=0", "br;q=0, identity;q=0, gzip;q=0"} {
		if got, ok := accepted(header); ok {
			t.Errorf("%q takes %v", header, got)
		}
	}
}

// sent is an http.ResponseWriter that is used again.
type sent struct{ header http.Header }

func (s *sent) Header() http.Header         { return s.header }
func (s *sent) WriteHeader(int)             {}
func (s *sent) Write(b []byte) (int, error) { return len(b), nil }

// How many pieces of memory an answer from the cache may take: on the way there, a
// page the short way, which has an id and a writer that counts, and no page that way.
const mostAllocations, mostOnShortWay, mostUnchanged = 12, 2, 0

func TestCachedRead_allocations(t *testing.T) {
	storetest.NoRace(t)
	h := newHouse(t)
	h.remark("A comment.")
	for name, x := range map[string]struct {
		header  http.Header
		shortly float64
	}{
		"page": {http.Header{"Accept-Encoding": {"gzip, deflate, br, zstd"}, "User-Agent": {"Mozilla/5.0"}}, mostOnShortWay},
		"304":  {http.Header{"Accept-Encoding": {"br"}, "If-None-Match": {"*"}}, mostUnchanged},
	} {
		for query, most := range map[string]float64{"": x.shortly, "?lang=en": mostAllocations + 6} {
			hr := httptest.NewRequest(http.MethodGet, h.server.URL+forum.StoryPath("", h.story)+query, nil)
			hr.Body, hr.Header, hr.RequestURI = http.NoBody, x.header, ""
			w := &sent{header: http.Header{}}
			n := testing.AllocsPerRun(300, func() {
				clear(w.header)
				h.server.Config.Handler.ServeHTTP(w, hr)
			})
			if w.header.Get("Etag") == "" || n > most {
				t.Errorf("%s%s: %v allocations with %v, want at most %v", name, query, n, w.header, most)
			}
		}
	}
}

// TestCache_poison asks for every page that is kept with all that a reader can vary,
// and counts pages: nothing of it makes one more, and nothing is shown again.
func TestCache_poison(t *testing.T) {
	h := newHouse(t)
	c := h.remark("A comment.")
	if _, _, err := h.desk.PutStory(context.Background(), h.site, desk.Article{Headline: "Elsewhere", URL: paperOrigin + "/story"}); err != nil {
		t.Fatal(err)
	}
	s := h.server.Config.Handler.(*Server).shared
	b := h.browser().plain()
	var paths []string
	for _, rt := range s.routes() {
		if rt.method == http.MethodGet && rt.shared() {
			paths = append(paths, filled(rt.pattern, h, c))
		}
	}
	ask := func(method, path, query string, header http.Header) answer {
		if query != "" {
			path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + query
		}
		return b.do(method, path, nil, header)
	}
	for _, path := range paths {
		for _, frame := range []http.Header{nil, {"Sec-Fetch-Dest": {"iframe"}}} {
			ask(http.MethodGet, path, "", frame)
		}
	}
	before := s.entries()
	asked := 0
	for _, path := range paths {
		for i, v := range variations() {
			a := ask(v.method, path, v.query, v.header)
			if asked++; strings.Contains(a.body, "evil") || strings.Contains(fmt.Sprint(a.header), "evil") {
				if a.status < 300 || a.status >= 400 {
					t.Errorf("%s with variation %d is reflected", path, i)
				}
			}
			if a.status == http.StatusInternalServerError {
				t.Errorf("%s with variation %d: %d", path, i, a.status)
			}
		}
	}
	if after := s.entries(); after != before || before < 10 {
		t.Errorf("%d pages are kept after %d odd requests, %d before", after, asked, before)
	}
}

func (s *server) entries() int64 {
	s.cache.pages.CleanUp()
	return s.cache.figures().entries
}

// filled puts what exists into a route's pattern.
func filled(pattern string, h *house, c forum.Comment) string {
	path := strings.NewReplacer(
		"{$}", "", "{story}/{slug}", strings.TrimPrefix(forum.StoryPath("", h.story), "/s/"), "{story}", h.story.ID.String(),
		"{comment}", c.ID.String(), "{month}", "2026-11", "{section}", "world", "{picture}", "none", "{file}", "none.js",
	).Replace(pattern)
	if strings.HasPrefix(pattern, "/embed/v1/") && !strings.HasSuffix(pattern, ".js") {
		path += "?url=" + url.QueryEscape(paperOrigin+"/story")
	}
	return path
}

type variation struct {
	method, query string
	header        http.Header
}

// variations are what a reader can send besides the path.
func variations() []variation {
	all := []variation{{method: http.MethodHead}, {method: http.MethodGet, query: "after=" + url.QueryEscape("0000000000000.evil")}}
	get := func(query string, header http.Header) { all = append(all, variation{http.MethodGet, query, header}) }
	for _, name := range []string{
		"X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Original-Url", "X-Rewrite-Url", "Forwarded", "Accept-Language",
		"Accept", "User-Agent", "Referer", "Range", "If-Range", "X-Http-Method-Override", "Via", "Dnt", "Save-Data", "Origin", "Cookie",
		"Accept-Encoding", "If-None-Match", "Sec-Fetch-Site", "Purpose", "X-Forwarded-For", "Authorization",
	} {
		for i := range 2 {
			get("", http.Header{name: {fmt.Sprintf("evil-%d", i)}})
		}
	}
	for _, name := range []string{"part", "theme", "lang", "view", "order", "size", "all", "origin", "title", "format", "utm_source", "cb", "after", "q"} {
		for i := range 2 {
			get(name+"="+fmt.Sprintf("evil-%d", i), nil)
		}
	}
	for i := range 5 {
		get("after="+forum.ID(1<<40+int64(i)).String(), nil)
		get("", http.Header{"Cookie": {fmt.Sprintf("parley-view=evil.evil.%d; evil=%d", i, i)}})
	}
	return all
}

// TestCache_spellings asks for a page by other spellings of its path and of its host.
func TestCache_spellings(t *testing.T) {
	h := newHouse(t)
	s := h.server.Config.Handler.(*Server).shared
	path := forum.StoryPath("", h.story)
	b := h.browser().plain()
	clean := b.get(path).want(http.StatusOK)
	before := s.entries()
	for _, odd := range []string{
		path + "/", "/" + path, path + "/../" + h.story.Headline, "/at/main" + path, strings.Replace(path, "/s/", "/%73/", 1),
		path + "?", path + "?&&", path + "#evil", path + ";evil", path + "%00", strings.ToUpper(path), path + "?lang=en", "/at/evil" + path,
	} {
		b.get(odd)
	}
	hr, err := http.NewRequestWithContext(context.Background(), http.MethodGet, h.server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	hr.Host = "evil.example"
	res, err := b.client.Do(hr)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if after := s.entries(); after != before {
		t.Errorf("%d pages are kept, %d before", after, before)
	}
	if again := b.get(path); again.body != clean.body {
		t.Error("the page of others changed")
	}
}
