package web

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// coding is a way to write a body: as it is, or compressed.
type coding int

// The codings; of those a client likes equally the first compressed one is sent.
const (
	identity coding = iota
	brotliCoding
	zstdCoding
	gzipCoding
	codings
)

// codingNames are their names in headers.
var codingNames = [codings]string{"identity", "br", "zstd", "gzip"}

// Qualities of brotli. The first, of the library's newer encoder, takes three fifths of
// the second's time for a page of comments and makes it a fourteenth larger; the third
// wins another hundredth. zstd takes a quarter of the time of the first and makes it a
// twelfth larger.
const (
	brotliFirst = 4
	brotliWarm  = 6
	brotliHot   = 9
)

// zstdWindow is how far back zstd looks.
const zstdWindow = 512 << 10

// packer is an encoder that is used again.
type packer interface {
	io.WriteCloser
	Reset(io.Writer)
}

func poolOf(make func() packer) *sync.Pool { return &sync.Pool{New: func() any { return make() }} }

var (
	brotliPacker     = poolOf(func() packer { return brotli.NewWriterV2(io.Discard, brotliFirst) })
	warmBrotliPacker = poolOf(func() packer { return brotli.NewWriterLevel(io.Discard, brotliWarm) })
	hotBrotliPacker  = poolOf(func() packer { return brotli.NewWriterLevel(io.Discard, brotliHot) })
	gzipPacker       = poolOf(func() packer { return gzip.NewWriter(io.Discard) })
	// zstdPacker and zstdUnpacker work for all at once and have buffers of their own.
	// A checksum would be one more than TCP's, TLS's and the length's.
	// For a page of more than a block (64 KB) each encoder keeps twice its window from then
	// on: 8 MB by default.
	zstdPacker = sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil, zstd.WithEncoderCRC(false), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(zstdWindow))
	})
	zstdUnpacker = sync.OnceValues(func() (*zstd.Decoder, error) { return zstd.NewReader(nil) })
)

// pack writes a body in a coding.
func pack(c coding, body []byte) ([]byte, error) {
	switch c {
	case brotliCoding:
		return packWith(brotliPacker, body)
	case zstdCoding:
		enc, err := zstdPacker()
		if err != nil {
			return nil, err
		}
		return drafted(func(b *bytes.Buffer) error {
			b.Grow(len(body))
			b.Write(enc.EncodeAll(body, b.AvailableBuffer()))
			return nil
		})
	case gzipCoding:
		return packWith(gzipPacker, body)
	}
	return body, nil
}

// unpack reads what pack wrote as brotli or as zstd.
func unpack(c coding, packed []byte) ([]byte, error) {
	if c == brotliCoding {
		return io.ReadAll(brotli.NewReader(bytes.NewReader(packed)))
	}
	dec, err := zstdUnpacker()
	if err != nil {
		return nil, err
	}
	return dec.DecodeAll(packed, nil)
}

func packWith(pool *sync.Pool, body []byte) ([]byte, error) {
	p := pool.Get().(packer)
	defer pool.Put(p)
	return drafted(func(b *bytes.Buffer) error {
		p.Reset(b)
		if _, err := p.Write(body); err != nil {
			return err
		}
		return p.Close()
	})
}

// taken are the codings in which a client gets a page.
type taken struct {
	best  coding // the smallest of those it likes most
	quick coding // the one of those that takes the least time: until best is worth it
}

// accepted returns the codings a client likes best (RFC 9110, 12.5.3); false if it
// refuses all of them.
func accepted(header string) (taken, bool) {
	if header == "" {
		return taken{}, true
	}
	weights := acceptedWeights(header)
	best := identity
	for c := brotliCoding; c < codings; c++ {
		if weights[c] > 0 && (weights[c] > weights[best] || (best == identity && weights[c] == weights[best])) {
			best = c
		}
	}
	t := taken{best, best}
	if best == brotliCoding && weights[zstdCoding] == weights[best] {
		t.quick = zstdCoding
	}
	return t, weights[best] > 0
}

// acceptedWeights reads how much a client likes each coding.
func acceptedWeights(header string) [codings]float64 {
	const unsaid = -1
	weights := [codings]float64{unsaid, unsaid, unsaid, unsaid}
	star := float64(unsaid)
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		if name == "*" {
			star = weightOf(params)
		}
		for c := range codings {
			if strings.EqualFold(name, codingNames[c]) {
				weights[c] = weightOf(params)
			}
		}
	}
	for c := range codings {
		switch {
		case weights[c] != unsaid:
		case star != unsaid:
			weights[c] = star
		case c == identity:
			// Not named it is taken, but after anything that is.
			weights[c] = 0.0001
		default:
			weights[c] = 0
		}
	}
	return weights
}

// weightOf reads the q of a coding: 1 if there is none, 0 if it is no number.
func weightOf(params string) float64 {
	q, ok := strings.CutPrefix(strings.TrimSpace(params), "q=")
	if !ok {
		if q, ok = strings.CutPrefix(strings.TrimSpace(params), "Q="); !ok {
			return 1
		}
	}
	weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
	if err != nil || weight < 0 || weight > 1 {
		return 0
	}
	return weight
}
