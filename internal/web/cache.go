package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"parley/internal/forum"
)

// page is a finished answer: its bytes in every encoding, made once.
type page struct {
	kind string // media type
	etag string // without quotes and encoding
	body map[string][]byte
}

// Encodings in the order of preference; "" is none.
var encodings = []string{"br", "zstd", "gzip"}

// brotliQuality is where a page of comments is 4 % larger than at the best and
// takes a twentieth of the time.
const brotliQuality = 6

// pageCache keeps finished pages, bounded by bytes. Its keys hold the revision of
// what they show and all that is shown of the site, so nothing in it is ever out
// of date.
type pageCache struct {
	pages *otter.Cache[string, *page] // nil: none is kept
	build singleflight.Group
	turns chan struct{} // holds one for each page that is being made
}

// turnWait is how long a page waits to be made before its reader is asked to
// come again.
const turnWait = 5 * time.Second

// turn waits until a page may be made: as many at once as there are processors,
// so that a crowd asking for large ones takes neither all memory nor all time.
func (c *pageCache) turn() (done func(), err error) {
	late := time.NewTimer(turnWait)
	defer late.Stop()
	select {
	case c.turns <- struct{}{}:
		return func() { <-c.turns }, nil
	case <-late.C:
		return nil, forum.Fail(forum.Unavailable, "error.unavailable").After(turnWait).Because("no turn to make a page")
	}
}

// newPageCache returns a cache of at most so many bytes; below 0 it keeps nothing.
func newPageCache(bytes int64) (*pageCache, error) {
	c := &pageCache{turns: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if bytes < 0 {
		return c, nil
	}
	var err error
	c.pages, err = otter.New(&otter.Options[string, *page]{
		MaximumWeight: uint64(bytes),
		Weigher: func(key string, p *page) uint32 {
			n := len(key) + 256
			for _, b := range p.body {
				n += len(b)
			}
			return uint32(n)
		},
	})
	return c, err
}

// serve answers with the page of a key, building it if it is not there. Requests
// that miss at the same time share one build, which outlives the first of them
// to give up.
func (c *pageCache) serve(w http.ResponseWriter, r *request, key, kind string, build func(context.Context) ([]byte, error)) error {
	ctx := context.WithoutCancel(r.Context())
	p, err := c.page(r.paper.edition+"|"+key, func() (*page, error) {
		body, err := build(ctx)
		if err != nil {
			return nil, err
		}
		return newPage(kind, body)
	})
	if err != nil {
		return err
	}
	return p.send(w, r)
}

// page returns the page of a key, building it if it is not there.
func (c *pageCache) page(key string, build func() (*page, error)) (*page, error) {
	if c.pages != nil {
		if p, ok := c.pages.GetIfPresent(key); ok {
			return p, nil
		}
	}
	made, err, _ := c.build.Do(key, func() (any, error) {
		done, err := c.turn()
		if err != nil {
			return nil, err
		}
		defer done()
		p, err := build()
		if err == nil && c.pages != nil {
			c.pages.Set(key, p)
		}
		return p, err
	})
	if err != nil {
		return nil, err
	}
	return made.(*page), nil
}

// newPage compresses a body in every encoding.
func newPage(kind string, body []byte) (*page, error) {
	sum := sha256.Sum256(body)
	p := &page{kind: kind, etag: base64.RawURLEncoding.EncodeToString(sum[:12]), body: map[string][]byte{"": body}}
	for _, e := range encodings {
		b, err := compress(e, body)
		if err != nil {
			return nil, err
		}
		p.body[e] = b
	}
	return p, nil
}

func compress(encoding string, body []byte) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch encoding {
	case "br":
		w := brotli.NewWriterLevel(&b, brotliQuality)
		_, err = w.Write(body)
		if err == nil {
			err = w.Close()
		}
	case "zstd":
		var enc *zstd.Encoder
		if enc, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err == nil {
			return enc.EncodeAll(body, nil), enc.Close()
		}
	default:
		w := gzip.NewWriter(&b)
		_, err = w.Write(body)
		if err == nil {
			err = w.Close()
		}
	}
	return b.Bytes(), err
}

// sendPlain answers with a page that has no compressed forms.
func (p *page) sendPlain(w http.ResponseWriter, r *request) error {
	r.Header.Del("Accept-Encoding")
	return p.send(w, r)
}

// send answers with the page, or with 304 if the client has it.
func (p *page) send(w http.ResponseWriter, r *request) error {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	encoding := accepted(r.Header.Get("Accept-Encoding"))
	etag := `"` + p.etag + `"`
	if encoding != "" {
		// A strong ETag names bytes, and the bytes differ by encoding.
		etag = `"` + p.etag + "-" + encoding + `"`
		h.Set("Content-Encoding", encoding)
	}
	h.Set("ETag", etag)
	setCaching(h, r)
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", p.kind)
	h.Set("Content-Length", strconv.Itoa(len(p.body[encoding])))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(p.body[encoding])
	return nil
}

// setCaching tells browsers and CDNs how long they may keep an answer. A reader
// with any of our cookies may be shown something else at the same URL.
func setCaching(h http.Header, r *request) {
	switch r.route.cache {
	case immutable:
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	case brief:
		h.Set("Cache-Control", "public, max-age=300")
	case public:
		h.Add("Vary", "Cookie")
		if strings.Contains(r.Header.Get("Cookie"), "parley") {
			h.Set("Cache-Control", "private, no-cache")
		} else {
			// Only a CDN may answer with what is stale (RFC 9213): a browser that did
			// would not show its reader the comment just posted.
			h.Set("Cache-Control", "public, max-age=0, s-maxage=2")
			h.Set("CDN-Cache-Control", "max-age=2, stale-while-revalidate=30")
		}
	default:
		h.Set("Cache-Control", "no-store")
	}
}

// accepted returns the best of our encodings that a client takes.
func accepted(header string) string {
	for _, ours := range encodings {
		for part := range strings.SplitSeq(header, ",") {
			name, params, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(name), ours) && !refused(params) {
				return ours
			}
		}
	}
	return ""
}

// refused reports whether an encoding's parameters set its weight to zero.
func refused(params string) bool {
	q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
	if !ok {
		return false
	}
	weight, err := strconv.ParseFloat(q, 64)
	return err != nil || weight == 0
}

// matches reports whether an If-None-Match header names an ETag.
func matches(header, etag string) bool {
	if header == "*" {
		return true
	}
	for part := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(part), "W/") == etag {
			return true
		}
	}
	return false
}
