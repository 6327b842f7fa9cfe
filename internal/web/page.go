package web

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"parley/internal/cdn"
)

// page is a finished answer. It is compressed once in each coding, when somebody
// first asks for that. From when it is zstd or brotli it is not kept plain: a cache
// holds five times as many. Who takes both gets zstd, which costs least, until the
// page is worth its brotli (ADR 34).
type page struct {
	kind string   // media type
	tag  string   // of the ETag, without quotes and coding
	etag []string // of the plain page

	lasting bool // every reader needs it and it does not change: it is worth its brotli at once

	forms  [codings]atomic.Pointer[form]
	making sync.Mutex
	bytes  atomic.Int64 // of the body and all forms
	served atomic.Int64 // as brotli, or as zstd in its place
	grown  func()       // told when a form was added; nil: nobody needs to know
}

// form is a page in one coding, with the headers that say so.
type form struct {
	body                       []byte
	etag, coding, kind, length []string
}

// newPage is a page that is compressed when it is asked for. Its ETag also names the
// policy it is sent with, for an answer that it has not changed does not repeat that.
func newPage(kind string, body []byte, policy ...string) *page {
	sum := sha256.New()
	sum.Write(body)
	for _, p := range policy {
		io.WriteString(sum, p)
	}
	return madePage(kind, base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:12]), body)
}

// madePage is a page of known bytes.
func madePage(kind, tag string, body []byte) *page {
	p := &page{kind: kind, tag: tag, etag: []string{`"` + tag + `"`}}
	p.add(identity, "", body)
	return p
}

// add adds the page in a coding. A strong ETag names bytes, which differ by coding
// and by how well they are compressed: mark says which they are.
func (p *page) add(c coding, mark string, body []byte) *form {
	f := p.newForm(c, mark, body)
	p.replace(c, f)
	if c == brotliCoding || c == zstdCoding {
		p.replace(identity, nil)
	}
	if c == brotliCoding {
		// Hardly anybody takes zstd and not brotli.
		p.replace(zstdCoding, nil)
	}
	if p.grown != nil {
		p.grown()
	}
	return f
}

func (p *page) newForm(c coding, mark string, body []byte) *form {
	f := &form{body: body, etag: p.etag, kind: []string{p.kind}, length: []string{strconv.Itoa(len(body))}}
	if c != identity {
		f.coding, f.etag = []string{codingNames[c]}, []string{`"` + p.tag + mark + `"`}
	}
	return f
}

func (p *page) replace(c coding, f *form) {
	if f != nil {
		p.bytes.Add(int64(len(f.body)))
	}
	if old := p.forms[c].Swap(f); old != nil {
		p.bytes.Add(-int64(len(old.body)))
	}
}

// plain returns the page as it was made.
func (p *page) plain() ([]byte, error) {
	if f := p.forms[identity].Load(); f != nil {
		return f.body, nil
	}
	c := brotliCoding
	if p.forms[c].Load() == nil {
		c = zstdCoding
	}
	return unpack(c, p.forms[c].Load().body)
}

// had returns the page in a coding that is taken and that it is kept in; nil: in none.
func (p *page) had(t taken) *form {
	if f := p.forms[t.best].Load(); f != nil {
		return f
	}
	return p.forms[t.quick].Load()
}

// form returns the page in a coding that is taken.
func (p *page) form(t taken) (*form, error) {
	if p.lasting {
		t.quick = t.best
	}
	if f := p.had(t); f != nil {
		return f, nil
	}
	p.making.Lock()
	defer p.making.Unlock()
	if f := p.had(t); f != nil {
		return f, nil
	}
	plain, err := p.plain()
	if err != nil {
		return nil, err
	}
	if t.quick == identity {
		return p.newForm(identity, "", plain), nil
	}
	body, err := pack(t.quick, plain)
	if err != nil {
		return nil, err
	}
	return p.add(t.quick, "-"+codingNames[t.quick], body), nil
}

// How often a page is sent before it is worth compressing better: the first time
// that costs as much as answering so often does.
const (
	warmAfter = 8
	hotAfter  = 500
)

// improve compresses a page that many ask for once more and better, for those who
// ask next. The answer it was found out with is on its way before time is spent.
func (p *page) improve(w http.ResponseWriter, better *sync.Pool, mark string) {
	// The client may be gone; there is nobody left to tell.
	_ = http.NewResponseController(w).Flush()
	p.making.Lock()
	defer p.making.Unlock()
	body, err := p.plain()
	if err == nil {
		body, err = packWith(better, body)
	}
	if f := p.forms[brotliCoding].Load(); err == nil && (f == nil || len(body) < len(f.body)) {
		p.add(brotliCoding, mark, body)
	}
}

// sendPlain answers with a page that is not compressed.
func (p *page) sendPlain(w http.ResponseWriter, r *request) error {
	return p.sendAs(w, r, taken{})
}

// send answers with the page in the coding the client likes best.
func (p *page) send(w http.ResponseWriter, r *request) error {
	w.Header()["Vary"] = varyOf(r.route)
	t, ok := accepted(r.Header.Get("Accept-Encoding"))
	if !ok {
		http.Error(w, "406 Not Acceptable", http.StatusNotAcceptable)
		return nil
	}
	return p.sendAs(w, r, t)
}

// sendAs answers with the page in a coding that is taken, or with 304 if the client
// has it.
func (p *page) sendAs(w http.ResponseWriter, r *request, t taken) error {
	h := w.Header()
	setCaching(h, r)
	if r.learn != nil {
		r.learn(h)
	}
	if had := p.matching(r.Header.Get("If-None-Match")); had != nil {
		unprotect(h)
		notModified(w, had)
		return nil
	}
	return p.sendWhole(w, r.Request, t)
}

// notModified says that the client has the page. What it has may be compressed in
// another way: it is the same page.
func notModified(w http.ResponseWriter, etag []string) {
	w.Header()["Etag"] = etag
	w.WriteHeader(http.StatusNotModified)
}

// sendWhole answers with the page in a coding that is taken.
func (p *page) sendWhole(w http.ResponseWriter, r *http.Request, t taken) error {
	f, err := p.form(t)
	if err != nil {
		return err
	}
	h := w.Header()
	h["Etag"], h["Content-Type"], h["Content-Length"] = f.etag, f.kind, f.length
	if f.coding != nil {
		h["Content-Encoding"] = f.coding
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(f.body)
	if t.best != brotliCoding || p.served.Load() >= hotAfter {
		return nil
	}
	switch p.served.Add(1) {
	case warmAfter:
		p.improve(w, warmBrotliPacker, "-br-warm")
	case hotAfter:
		p.improve(w, hotBrotliPacker, "-br-hot")
	}
	return nil
}

// matching returns the ETag of an If-None-Match header that is this page's in any
// of its forms; nil: none is.
func (p *page) matching(header string) []string {
	if header == "" {
		return nil
	}
	for i := range p.forms {
		if f := p.forms[i].Load(); f != nil && f.etag[0] == header {
			return f.etag
		}
	}
	if strings.TrimSpace(header) == "*" {
		return p.etag
	}
	for part := range strings.SplitSeq(header, ",") {
		tag := strings.TrimPrefix(strings.TrimSpace(part), "W/")
		bare, ok := strings.CutPrefix(tag, `"`+p.tag)
		if ok && p.marked(bare) {
			return []string{tag}
		}
	}
	return nil
}

// marked reports whether an ETag goes on after the page's tag as one of its forms'
// does.
func (p *page) marked(rest string) bool {
	if rest == `"` || rest == `-br-warm"` || rest == `-br-hot"` {
		return true
	}
	for _, name := range codingNames[brotliCoding:] {
		if rest == "-"+name+`"` {
			return true
		}
	}
	return false
}

// matches reports whether an If-None-Match header names an ETag.
func matches(header, etag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for part := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(part), "W/") == etag {
			return true
		}
	}
	return false
}

// The values of Vary by what an answer may depend on. They are shared: who adds to
// one gets a copy.
var (
	varyPlain  = []string{"Accept-Encoding"}
	varyOwn    = []string{"Accept-Encoding, Cookie"}
	varyFramed = []string{"Sec-Fetch-Dest, Accept-Encoding, Cookie"}
	varyAcross = []string{"Origin, Sec-Fetch-Dest, Accept-Encoding, Cookie"}
	varyScript = []string{"Origin, Sec-Fetch-Dest, Accept-Encoding"}
)

// varyOf returns what the answers of a route vary by.
func varyOf(rt route) []string {
	switch {
	case rt.framing == acrossOrigins && rt.cache == public:
		return varyAcross
	case rt.framing == acrossOrigins:
		return varyScript
	case rt.framing == inFrames:
		return varyFramed
	case rt.cache == public:
		return varyOwn
	}
	return varyPlain
}

// setCaching tells browsers and CDNs how long they may keep an answer. A reader
// with any of our cookies may be shown something else at the same URL.
func setCaching(h http.Header, r *request) {
	switch r.route.cache {
	case immutable:
		h["Cache-Control"] = keptForever
	case brief:
		h["Cache-Control"] = keptBriefly
	case public:
		if carriesOurs(r.Header) {
			h["Cache-Control"] = keptByReader
		} else {
			// Only a CDN may answer with what is stale (RFC 9213): a browser that did
			// would not show its reader the comment just posted.
			h["Cache-Control"], h["Cdn-Cache-Control"] = keptByAll, keptByCDN
			r.tag(h)
		}
	default:
		h["Cache-Control"] = keptByNobody
	}
}

// tag names what the answer shows to the CDN that is told when it moves.
func (r *request) tag(h http.Header) {
	if r.tags.Header == "" || r.paper == nil {
		return
	}
	names := cdn.Site(r.site.ID) + r.tags.Between
	if r.about != 0 {
		names += cdn.Story(r.about)
	} else {
		names += cdn.Lists(r.site.ID)
	}
	h.Set(r.tags.Header, names)
}

// carriesOurs reports whether a request brings any of our cookies: all their names
// have the word in them.
func carriesOurs(h http.Header) bool {
	for _, cookies := range h["Cookie"] {
		if strings.Contains(cookies, "parley") {
			return true
		}
	}
	return false
}

// The values of Cache-Control, shared like those of Vary.
var (
	keptForever  = []string{"public, max-age=31536000, immutable"}
	keptBriefly  = []string{"public, max-age=300"}
	keptByReader = []string{"private, no-cache"}
	keptByAll    = []string{"public, max-age=0, s-maxage=2"}
	keptByCDN    = []string{"max-age=2, stale-while-revalidate=30"}
	keptByNobody = []string{"no-store"}
)
