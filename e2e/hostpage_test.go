package e2e

import (
	"html/template"
	"net"
	"net/http"
	"testing"
	"time"
)

// hostServer serves pages that embed discussions. It is reached under two
// names: 127.0.0.1, which to a browser is another site than Parley's localhost,
// and localhost on a port of its own, which is the same site.
type hostServer struct {
	Foreign string // http://127.0.0.1:PORT
	Kindred string // http://localhost:PORT
}

// article is a page of some newspaper, as little of it as embedding needs.
var article = template.Must(template.New("article").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{.Title}}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style>
body { font: 18px/1.6 Georgia, serif; max-width: 44rem; margin: 0 auto; padding: 1.5rem; color: #222; background: #fdfcf9; }
h1 { line-height: 1.15; }
.paper { border-bottom: 3px double #222; font-variant: small-caps; letter-spacing: .06em; }
</style>
</head>
<body>
<p class="paper">The Other Paper</p>
<h1>{{.Title}}</h1>
<p>The ferry left eleven minutes late and nobody on the quay was surprised. It has left late every day since the new timetable came in, and the people who need it have learned to live eleven minutes behind the rest of the island.</p>
<p>The company says that the tide is to blame. The tide, says the harbour master, has been the same for some time.</p>
{{if .Count}}<p><parley-count data-url="{{.Count}}" data-one="{n} comment" data-other="{n} comments">-</parley-count></p>{{end}}
<parley-discussion{{if .Mode}} data-mode="{{.Mode}}"{{end}}{{if .ID}} data-story-id="{{.ID}}"{{end}}{{if .URL}} data-url="{{.URL}}"{{end}}{{if .Token}} data-token="{{.Token}}"{{end}}{{if .Theme}} data-theme="{{.Theme}}"{{end}}{{if .Lang}} data-lang="{{.Lang}}"{{end}}></parley-discussion>
<script async src="{{.Parley}}/embed/v1.js" data-site="{{.Site}}"></script>
</body>
</html>
`))

// startHost starts the host pages; they end with the test.
func startHost(t *testing.T) *hostServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /article", showArticle)
	mux.HandleFunc("GET /cookie/frame", showCookieFrame)
	mux.HandleFunc("GET /cookie", showCookie)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = srv.Close()
		<-ended
	})
	return &hostServer{Foreign: "http://127.0.0.1:" + port, Kindred: "http://localhost:" + port}
}

func showArticle(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = article.Execute(w, map[string]string{
		"Title": q.Get("title"), "Parley": q.Get("parley"), "Site": q.Get("site"), "Mode": q.Get("mode"), "ID": q.Get("id"),
		"URL": q.Get("url"), "Theme": q.Get("theme"), "Lang": q.Get("lang"), "Token": q.Get("token"), "Count": q.Get("count"),
	})
}

// showCookieFrame is a page with a frame from an address that sets a cookie.
func showCookieFrame(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = template.Must(template.New("").Parse(`<!DOCTYPE html><title>frame</title><iframe src="{{.}}"></iframe>`)).
		Execute(w, r.FormValue("src"))
}

// showCookie says whether the browser sent the plain cookie it sets.
func showCookie(w http.ResponseWriter, r *http.Request) {
	_, err := r.Cookie("plain")
	http.SetCookie(w, &http.Cookie{Name: "plain", Value: "1", Path: "/", Secure: true, SameSite: http.SameSiteNoneMode, MaxAge: 3600})
	w.Header().Set("Content-Type", "text/plain")
	if err == nil {
		_, _ = w.Write([]byte("sent"))
		return
	}
	_, _ = w.Write([]byte("none"))
}
