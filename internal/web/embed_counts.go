package web

import (
	"encoding/json"
	"net/http"
	"slices"

	"parley/internal/forum"
)

// maxCounts is how many stories one request may ask about.
const maxCounts = 100

// showCounts says how many comments each of the stories asked about has, under
// the very words in which they were asked for. An unknown story has none.
func (s *server) showCounts(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	ids, addresses := q["id"], q["url"]
	if len(ids)+len(addresses) > maxCounts {
		return forum.Fail(forum.Invalid, "error.badRequest").Because("%d stories", len(ids)+len(addresses))
	}
	keys := make([]string, 0, len(addresses))
	keyOf := make(map[string]string, len(addresses))
	for _, a := range addresses {
		if canonical, err := forum.CanonicalURL(a); err == nil {
			keyOf[a] = forum.URLKey(canonical)
			keys = append(keys, keyOf[a])
		}
	}
	slices.Sort(keys)
	byKey, byID, err := s.Desk.Counts(r.Context(), r.site.ID, slices.Compact(keys), ids)
	if err != nil {
		return err
	}
	counts := make(map[string]int, len(ids)+len(addresses))
	for _, id := range ids {
		counts[id] = byID[id]
	}
	for _, a := range addresses {
		counts[a] = byKey[keyOf[a]]
	}
	body, err := json.Marshal(map[string]any{"counts": counts})
	if err != nil {
		return err
	}
	return sendMade(w, r, "application/json", body)
}

// sendMade answers with what was made for this request.
func sendMade(w http.ResponseWriter, r *request, kind string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	if setCaching(w.Header(), r); r.route.cache == public {
		w.Header().Add("Vary", "Cookie")
	}
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(body)
	return nil
}
