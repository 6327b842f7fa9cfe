package signin

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	keySetLife  = 10 * time.Minute // after which a key that was rotated out is no longer known
	keySetPause = 30 * time.Second // the least time between two questions for unknown keys
	maxKeySet   = 256 << 10
	maxKeys     = 64
)

// keySet finds the key a token names.
type keySet interface {
	find(ctx context.Context, kid string) (Key, error)
}

// staticKeys are keys that the configuration holds.
type staticKeys []Key

func (s staticKeys) find(_ context.Context, kid string) (Key, error) { return pick(s, kid) }

// pick returns the key with an id. A token that names none is only clear when
// there is one key.
func pick(keys []Key, kid string) (Key, error) {
	if kid == "" {
		if len(keys) == 1 {
			return keys[0], nil
		}
		return Key{}, refuse("token: names no key, and there are %d", len(keys))
	}
	for _, k := range keys {
		if k.id == kid {
			return k, nil
		}
	}
	return Key{}, refuse("token: key %q is not known", clip(kid))
}

// remoteKeys are those at a pinned address. They are asked for again when they are
// old or a token names one that is not among them.
type remoteKeys struct {
	address   string
	algorithm Algorithm
	client    *Client
	now       func() time.Time

	mu      sync.Mutex
	keys    []Key
	fetched time.Time // when the keys were read
	asked   time.Time // when they were last asked for
}

func (r *remoteKeys) find(ctx context.Context, kid string) (Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now().Sub(r.fetched) < keySetLife {
		if k, err := pick(r.keys, kid); err == nil {
			return k, nil
		}
	}
	if r.now().Sub(r.asked) < keySetPause {
		return Key{}, refuse("token: key %q is not among those read a moment ago", clip(kid))
	}
	r.asked = r.now()
	keys, err := r.fetch(ctx)
	if err != nil {
		return Key{}, refuse("keys at %s: %w", r.address, err)
	}
	r.keys, r.fetched = keys, r.asked
	return pick(keys, kid)
}

func (r *remoteKeys) fetch(ctx context.Context) ([]Key, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	res, err := r.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxKeySet+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxKeySet {
		return nil, fmt.Errorf("more than %d bytes", maxKeySet)
	}
	return readKeySet(body, r.algorithm)
}

// readKeySet reads the keys of a set that are for one algorithm; a set may hold
// others for other uses.
func readKeySet(body []byte, a Algorithm) ([]Key, error) {
	var set struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, err
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("%d keys", len(set.Keys))
	}
	var keys []Key
	for _, source := range set.Keys {
		if k, err := webKey(source, a); err == nil {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("no key for %s", a)
	}
	return keys, nil
}
