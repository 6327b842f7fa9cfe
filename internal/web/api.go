package web

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"parley/internal/forum"
)

// api is the JSON door: the operations and the document that describes them.
// The guard has carried out a route's policy before a request comes here.
type api struct {
	server *server
	huma   huma.API
	mux    *http.ServeMux
	spec   []byte // the OpenAPI document
}

// newAPI registers every operation. What an operation needs of its caller
// stands in the table of routes, which has the same URLs.
func newAPI(s *server) (*api, error) {
	a := &api{server: s, mux: http.NewServeMux()}
	a.huma = humago.New(a.mux, a.config())
	a.comments()
	a.sessions()
	a.stories()
	a.decisions()
	var err error
	a.spec, err = json.Marshal(a.huma.OpenAPI())
	return a, err
}

// newsroomKey names the security scheme of API keys in the OpenAPI document.
const newsroomKey = "newsroomKey"

func (a *api) config() huma.Config {
	c := huma.DefaultConfig("Parley", "1")
	c.Info.Description = "Comments, votes and reports of readers, decisions of the desk, and stories of the newsroom."
	c.Servers = []*huma.Server{{URL: a.server.BaseURL}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		newsroomKey: {Type: "http", Scheme: "bearer", Description: "An API key of the site."},
	}
	format := huma.Format{Marshal: encodeJSON, Unmarshal: decodeStrict}
	c.Formats = map[string]huma.Format{"application/json": format, "json": format}
	// Every path is a line in the table of routes; huma may add none of its own,
	// nor a "$schema" to what is sent and received.
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	return c
}

func encodeJSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// call is a request inside an operation.
type call struct {
	*request
	w      http.ResponseWriter
	server *server
}

type callKey struct{}

// callOf returns the call a context belongs to.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// writer returns who acts, with the kind of the session the act will make for a
// browser that has none.
func (c *call) writer() forum.Actor {
	if !c.actor.Known() {
		c.actor.Kind = c.server.sessionKind(c.request)
	}
	return c.actor
}

// serveAPI answers a request with the operation of its URL.
func (s *server) serveAPI(w http.ResponseWriter, r *request) error {
	r.in(languages(r.Header.Get("Accept-Language"))...)
	w.Header().Set("Cache-Control", "no-store")
	if err := takesJSON(r); err != nil {
		writeProblem(w, s.describeCall(r, err))
		return nil
	}
	ctx := context.WithValue(r.Context(), callKey{}, &call{request: r, w: w, server: s})
	s.api.mux.ServeHTTP(w, r.WithContext(ctx))
	return nil
}

// languages returns the languages a client prefers, in the order it names them,
// which is that of their weights in every browser.
func languages(header string) []string {
	var names []string
	for wish := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(wish, ";")
		base, _, _ := strings.Cut(strings.TrimSpace(tag), "-")
		names = append(names, strings.ToLower(base))
	}
	return names
}

// takesJSON refuses a body that does not say it is JSON. A page on another site
// can send any other type without being asked.
func takesJSON(r *request) error {
	if r.ContentLength == 0 && r.Header.Get("Content-Type") == "" {
		return nil
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	kind := r.Header.Get("Content-Type")
	media, params, err := mime.ParseMediaType(kind)
	charset := params["charset"]
	if err != nil || media != "application/json" || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return wrongType.Because("content type %q", kind)
	}
	// huma compares the text as it stands.
	r.Header.Set("Content-Type", media)
	return nil
}

// operation is what distinguishes one operation from another in the document.
type operation struct {
	method, path, id, summary string
	status                    int   // of success; 0: 200
	errors                    []int // besides 400 and 500
	newsroom                  bool
}

// register adds an operation. Checks are those of desk and forum, so that a form
// and JSON are held to the same rules; huma only reads and writes.
func register[I, O any](a *api, o operation, act func(*call, *I) (*O, error)) {
	op := huma.Operation{
		Method: o.method, Path: o.path, OperationID: o.id, Summary: o.summary, DefaultStatus: o.status,
		Errors: append([]int{http.StatusBadRequest}, o.errors...), SkipValidateBody: true, SkipValidateParams: true,
		MaxBodyBytes: -1, // the guard has capped it
		// A deadline of huma's replaces the server's.
		BodyReadTimeout: readTime,
	}
	if o.newsroom {
		op.Security = []map[string][]string{{newsroomKey: {}}}
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		out, err := act(c, in)
		if err != nil {
			return nil, c.refuse(err)
		}
		return out, nil
	})
}

// showOpenAPI shows the document that describes the API.
func (s *server) showOpenAPI(w http.ResponseWriter, r *request) error {
	p, err := s.cache.fixed("openapi.json", "application/openapi+json", s.api.spec)
	if err != nil {
		return err
	}
	return p.send(w, r)
}
