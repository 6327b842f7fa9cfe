package cdn

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Place is which CDN there is and where it is told.
type Place struct {
	kind string
	url  string // that is called
}

// Parse reads a place: fastly://SERVICE, cloudflare://ZONE, or
// varnish://HOST:PORT. The first two may have ?api=URL, another address of the
// vendor's interface.
func Parse(text string) (Place, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" {
		return Place{}, fmt.Errorf("not fastly://SERVICE, cloudflare://ZONE or varnish://HOST:PORT")
	}
	api := strings.TrimSuffix(u.Query().Get("api"), "/")
	or := func(usual string) string {
		if api != "" {
			return api
		}
		return usual
	}
	switch u.Scheme {
	case "fastly":
		return Place{u.Scheme, or("https://api.fastly.com") + "/service/" + u.Host + "/purge"}, nil
	case "cloudflare":
		return Place{u.Scheme, or("https://api.cloudflare.com/client/v4") + "/zones/" + u.Host + "/purge_cache"}, nil
	case "varnish":
		return Place{u.Scheme, "http://" + u.Host + "/"}, nil
	}
	return Place{}, fmt.Errorf("%s is none of fastly, cloudflare, varnish", u.Scheme)
}

// NeedsToken reports whether the vendor asks who tells it.
func (p Place) NeedsToken() bool { return p.kind != "varnish" }

// Tags is how a page says what it shows: in which header, and what stands between
// two names.
func (p Place) Tags() (header, between string) {
	switch p.kind {
	case "fastly":
		return "Surrogate-Key", " "
	case "cloudflare":
		return "Cache-Tag", ","
	case "varnish":
		return "Xkey", " "
	}
	return "", ""
}

// vendor is how one is told.
type vendor struct {
	name    string
	most    int // names in one call
	request func(context.Context, []string) (*http.Request, error)
	check   func(io.Reader) error // reads an answer whose status is well
}

func (p Place) vendor(token string) vendor {
	switch p.kind {
	case "fastly":
		// https://www.fastly.com/documentation/reference/api/purging/, "Purge multiple
		// surrogate key tags".
		return vendor{"Fastly", 256, func(ctx context.Context, names []string) (*http.Request, error) {
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, http.NoBody)
			if err == nil {
				r.Header.Set("Fastly-Key", token)
				r.Header.Set("Surrogate-Key", strings.Join(names, " "))
				r.Header.Set("Accept", "application/json")
			}
			return r, err
		}, well}
	case "cloudflare":
		// https://developers.cloudflare.com/api/resources/cache/methods/purge/, by tags.
		return vendor{"Cloudflare", 30, func(ctx context.Context, names []string) (*http.Request, error) {
			body, err := json.Marshal(map[string][]string{"tags": names})
			if err != nil {
				return nil, err
			}
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
			if err == nil {
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Content-Type", "application/json")
			}
			return r, err
		}, succeeded}
	}
	// The module xkey of varnish-modules; docs/operating.md has the VCL.
	return vendor{"Varnish", 100, func(ctx context.Context, names []string) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, "PURGE", p.url, http.NoBody)
		if err == nil {
			r.Header.Set("Xkey-Purge", strings.Join(names, " "))
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
		}
		return r, err
	}, well}
}

func well(io.Reader) error { return nil }

// succeeded reads what Cloudflare answers, which may be no under status 200.
func succeeded(body io.Reader) error {
	var answer struct {
		Success bool `json:"success"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return err
	}
	if !answer.Success {
		return errors.New("the answer of Cloudflare is that it did not")
	}
	return nil
}
