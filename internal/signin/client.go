package signin

import "net/http"

// Client makes the requests to providers and key sets. The caller gives one of
// internal/egress, which dials public addresses only and follows no redirects.
type Client = http.Client
