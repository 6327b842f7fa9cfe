package mail

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/jhillyerd/enmime/v2"
	"go.uber.org/goleak"

	"parley/internal/fixture"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"a@b.test":                             "a@b.test",
		"A.b+c@B.TEST":                         "A.b+c@b.test",
		"o'brien@paper.example":                "o'brien@paper.example",
		"anna@bücher.example":                  "anna@xn--bcher-kva.example",
		strings.Repeat("a", 64) + "@b.test":    strings.Repeat("a", 64) + "@b.test",
		strings.Repeat("a", 65) + "@b.test":    "",
		"a@" + strings.Repeat("b.", 126) + "c": "",
		"a@b":                                  "", "a@1.2.3.4": "", "a@[127.0.0.1]": "", "a@b..test": "", "a@b.test.": "", "a@-b.test": "",
		"@b.test": "", "a@": "", "a": "", "": "", "a@b@c.test": "", ".a@b.test": "", "a.@b.test": "", "a..b@c.test": "",
		" a@b.test": "", "a@b.test\n": "", "a\x00@b.test": "", "ä@b.test": "", `"a"@b.test`: "", "a(x)@b.test": "",
		"Anna <a@b.test>": "", "a@b.test,c@d.test": "", "mailto:a@b.test": "", "=?utf-8?q?a?=@b.test": "",
	} {
		got, err := Address(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("Address(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

// line of an attack file.
type attack struct {
	ID, Payload string
	Valid       *bool
}

func attacks(t *testing.T, name string) []attack {
	t.Helper()
	file, err := os.Open(fixture.Path(t, "attacks", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []attack
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var a attack
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

// TestAddress_collection refuses every address of the collection that is none.
// Of those that RFC 5322 allows, it takes all but the sorts that Address names.
func TestAddress_collection(t *testing.T) {
	for _, a := range attacks(t, "email-addresses.jsonl") {
		_, err := Address(a.Payload)
		at := strings.LastIndexByte(a.Payload, '@')
		exotic := strings.ContainsAny(a.Payload, "\"\\[ ") ||
			at > 0 && (strings.IndexFunc(a.Payload[:at], func(r rune) bool { return r > 0x7f }) >= 0 ||
				!strings.Contains(a.Payload[at:], ".") || strings.Trim(a.Payload[at:], "@.0123456789") == "" ||
				strings.IndexFunc(a.Payload[at:], func(r rune) bool { return r > 0x7f }) < 0 && longLabel(a.Payload[at+1:]))
		if want := *a.Valid && !exotic; (err == nil) != want {
			t.Errorf("%s: Address(%q): %v, want ok %v", a.ID, a.Payload, err, want)
		}
	}
}

// longLabel reports whether a domain has a label that DNS cannot hold.
func longLabel(domain string) bool {
	return slices.ContainsFunc(strings.Split(domain, "."), func(l string) bool { return len(l) > 63 })
}

// post is a message as the receiver got it.
type post struct {
	from string
	to   []string
	data []byte
}

// receiver is an SMTP server that keeps what it gets.
type receiver struct {
	mu    sync.Mutex
	posts []post
	users []string
	// refuse is what RCPT is answered with, or nil.
	refuse error
	// hangUp closes the connection right after a message was taken over.
	hangUp bool
}

func (r *receiver) NewSession(c *smtp.Conn) (smtp.Session, error) { return &session{r: r, c: c}, nil }

type session struct {
	r *receiver
	c *smtp.Conn
	p post
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret" {
			return smtp.ErrAuthFailed
		}
		s.r.mu.Lock()
		defer s.r.mu.Unlock()
		s.r.users = append(s.r.users, user)
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.p = post{from: from}; return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.p.to = append(s.p.to, to)
	return s.r.refuse
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.p.data = data
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.r.posts = append(s.r.posts, s.p)
	return nil
}

func (s *session) Reset() {
	if s.r.hangUp && s.p.data != nil {
		_ = s.c.Conn().Close()
	}
}
func (s *session) Logout() error { return nil }

// start serves a receiver on the loopback and returns its address. With a
// certificate it offers STARTTLS, or speaks TLS from the beginning.
func (r *receiver) start(t *testing.T, certificate *tls.Certificate, implicit bool) string {
	t.Helper()
	server := smtp.NewServer(r)
	server.Domain = "relay.test"
	server.AllowInsecureAuth = certificate == nil
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := on.Addr().String()
	if certificate != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}}
		if implicit {
			on = tls.NewListener(on, server.TLSConfig)
		}
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(on) }()
	t.Cleanup(func() { _, _ = server.Close(), on.Close(); <-ended })
	return address
}

func sender(t *testing.T, config Config) *Sender {
	t.Helper()
	if config.From == "" {
		config.From = "The Paper <talk@paper.example>"
	}
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func hello() Message {
	return Message{
		To: "anna@reader.test", Subject: "Hello", Text: "Hello.\n", HTML: "<p>Hello.</p>", ID: "n1.main",
		At: time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC), Unsubscribe: "https://talk.paper.example/mail/stop/abc",
	}
}

// read sends a message to a receiver of its own and returns what arrived.
func read(t *testing.T, m Message) (post, *enmime.Envelope) {
	t.Helper()
	r := &receiver{}
	address := r.start(t, nil, false)
	if err := sender(t, Config{URL: "smtp://" + address + "?tls=none"}).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if len(r.posts) != 1 {
		t.Fatalf("%d messages arrived", len(r.posts))
	}
	envelope, err := enmime.ReadEnvelope(bytes.NewReader(r.posts[0].data))
	if err != nil || len(envelope.Errors) > 0 {
		t.Fatalf("%v, %v\n%s", err, envelope.Errors, r.posts[0].data)
	}
	return r.posts[0], envelope
}

func TestSend(t *testing.T) {
	m := hello()
	m.FromName, m.Subject = "Çarşamba", "Yeni bir yanıt: “Ağaçlar”"
	m.Text, m.HTML = "Merhaba.\n.\nLine after a dot.\n", "<p>Merhaba – \u2068Şule\u2069.</p>"
	p, e := read(t, m)
	if p.from != "talk@paper.example" || !slices.Equal(p.to, []string{"anna@reader.test"}) {
		t.Errorf("envelope from %s to %v", p.from, p.to)
	}
	for header, want := range map[string]string{
		"From": "Çarşamba <talk@paper.example>", "To": "<anna@reader.test>", "Subject": m.Subject,
		"Message-Id": "<n1.main@paper.example>", "Auto-Submitted": "auto-generated",
		"List-Unsubscribe": "<https://talk.paper.example/mail/stop/abc>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Date": "Mon, 02 Nov 2026 09:30:00 +0000",
	} {
		if got := strings.ReplaceAll(e.GetHeader(header), `"`, ""); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if got := strings.ReplaceAll(e.Text, "\r\n", "\n"); got != m.Text {
		t.Errorf("text %q, want %q", got, m.Text)
	}
	if e.HTML != m.HTML || len(e.Attachments)+len(e.Inlines)+len(e.OtherParts) != 0 {
		t.Errorf("html %q, %d other parts", e.HTML, len(e.Attachments)+len(e.Inlines)+len(e.OtherParts))
	}
	if len(e.GetHeaderValues("User-Agent"))+len(e.GetHeaderValues("X-Mailer")) != 0 {
		t.Error("the message names the program that made it")
	}
	if again, _ := read(t, m); !strings.Contains(string(again.data), "<n1.main@paper.example>") {
		t.Error("the Message-ID changes when a message is sent again")
	}
}

func TestSend_plainHTTPHasNoOneClick(t *testing.T) {
	m := hello()
	m.Unsubscribe = "http://localhost:8080/mail/stop/abc"
	_, e := read(t, m)
	if e.GetHeader("List-Unsubscribe") != "<http://localhost:8080/mail/stop/abc>" || e.GetHeader("List-Unsubscribe-Post") != "" {
		t.Errorf("%q, %q", e.GetHeader("List-Unsubscribe"), e.GetHeader("List-Unsubscribe-Post"))
	}
	m.Unsubscribe = ""
	if _, e := read(t, m); e.GetHeader("List-Unsubscribe") != "" {
		t.Error("mail that was asked for offers to end it")
	}
}

// headers are the names of all headers of a message, in order.
func headers(data []byte) []string {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	var names []string
	for l := range strings.SplitSeq(string(head), "\r\n") {
		if name, _, found := strings.Cut(l, ":"); found && l[0] != ' ' && l[0] != '\t' {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestSend_attacks puts each attack into every part of a message. The headers,
// the recipients and the number of messages stay those of a harmless one.
func TestSend_attacks(t *testing.T) {
	harmless, _ := read(t, hello())
	want := headers(harmless.data)
	list := append(attacks(t, "mail-own.jsonl"), attacks(t, "crlf.jsonl")...)
	list = append(list, attack{ID: "own", Payload: "x\r\n.\r\nMAIL FROM:<x@evil.test>\r\n"}, attack{ID: "long", Payload: strings.Repeat("x", 5000)})
	r := &receiver{}
	s := sender(t, Config{URL: "smtp://" + r.start(t, nil, false) + "?tls=none"})
	for _, a := range list {
		m := hello()
		m.Subject, m.FromName, m.Text, m.HTML = a.Payload, a.Payload, a.Payload, "<p>"+strings.NewReplacer("<", "&lt;", "&", "&amp;").Replace(a.Payload)+"</p>"
		r.posts = nil
		if err := s.Send(t.Context(), m); err != nil {
			t.Errorf("%s: %v", a.ID, err)
			continue
		}
		if len(r.posts) != 1 || r.posts[0].from != "talk@paper.example" || !slices.Equal(r.posts[0].to, []string{m.To}) {
			t.Errorf("%s: %d messages, %+v", a.ID, len(r.posts), r.posts)
			continue
		}
		checkPost(t, a, r.posts[0], want)
	}
}

func checkPost(t *testing.T, a attack, p post, want []string) {
	t.Helper()
	if got := headers(p.data); !slices.Equal(got, want) {
		t.Errorf("%s: headers %v, want %v", a.ID, got, want)
	}
	for l := range bytes.SplitSeq(p.data, []byte("\r\n")) {
		if len(l) > 998 || bytes.ContainsAny(l, "\r\n\x00") {
			t.Errorf("%s: a line that SMTP does not know: %q", a.ID, l)
		}
	}
	e, err := enmime.ReadEnvelope(bytes.NewReader(p.data))
	if err != nil || strings.ContainsAny(e.GetHeader("Subject"), "\r\n") {
		t.Errorf("%s: %v, subject %q", a.ID, err, e.GetHeader("Subject"))
	}
}

func TestSend_refusesWhatIsNoMessage(t *testing.T) {
	s := sender(t, Config{URL: "smtp://127.0.0.1:1?tls=none"})
	for name, change := range map[string]func(*Message){
		"two recipients": func(m *Message) { m.To = "a@b.test,c@d.test" },
		"header in id":   func(m *Message) { m.ID = "x\r\nBcc: c@d.test" },
		"header in link": func(m *Message) { m.Unsubscribe = "https://x.test/\r\nBcc: c@d.test" },
		"second link":    func(m *Message) { m.Unsubscribe = "https://x.test/>, <https://evil.test/" },
		"no text":        func(m *Message) { m.Text = "" },
	} {
		m := hello()
		change(&m)
		if err := s.Send(t.Context(), m); !errors.Is(err, ErrMessage) || !Permanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// certificate makes a certificate of the loopback, and the pool that trusts it.
func certificate(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestSend_encryption(t *testing.T) {
	cert, pool := certificate(t)
	for _, test := range []struct {
		name     string
		cert     *tls.Certificate
		implicit bool
		url      func(address string) string
		roots    *x509.CertPool
		ok       bool
	}{
		{"starttls by default", cert, false, func(a string) string { return "smtp://anna:secret@" + a }, pool, true},
		{"implicit", cert, true, func(a string) string { return "smtps://anna:secret@" + a }, pool, true},
		{"implicit by parameter", cert, true, func(a string) string { return "smtp://anna:secret@" + a + "?tls=implicit" }, pool, true},
		{"wrong password", cert, false, func(a string) string { return "smtp://anna:other@" + a }, pool, false},
		{"unknown authority", cert, false, func(a string) string { return "smtp://" + a }, nil, false},
		{"not offered", nil, false, func(a string) string { return "smtp://" + a }, pool, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &receiver{}
			s := sender(t, Config{URL: test.url(r.start(t, test.cert, test.implicit)), Roots: test.roots})
			err := s.Send(t.Context(), hello())
			if (err == nil) != test.ok || len(r.posts) == 1 != test.ok {
				t.Errorf("%v, %d messages", err, len(r.posts))
			}
			if err != nil && Permanent(err) {
				t.Errorf("a relay's trouble is not the message's: %v", err)
			}
			if test.ok && !slices.Equal(r.users, []string{"anna"}) {
				t.Errorf("signed in as %v", r.users)
			}
		})
	}
}

func TestSend_failures(t *testing.T) {
	for _, test := range []struct {
		refuse    error
		permanent bool
		code      int
	}{
		{&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no mailbox anna@reader.test here"}, true, 550},
		{&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "come again for <anna@reader.test>"}, false, 451},
	} {
		r := &receiver{refuse: test.refuse}
		err := sender(t, Config{URL: "smtp://" + r.start(t, nil, false) + "?tls=none"}).Send(t.Context(), hello())
		var f *Failure
		if !errors.As(err, &f) || f.Code != test.code || Permanent(err) != test.permanent {
			t.Errorf("%v: got %v, code %v, permanent %v", test.refuse, err, f, Permanent(err))
		}
		if strings.Contains(err.Error(), "anna") || strings.Contains(err.Error(), "reader.test") {
			t.Errorf("the error tells an address: %v", err)
		}
	}
	if err := sender(t, Config{URL: "smtp://127.0.0.1:1?tls=none"}).Send(t.Context(), hello()); err == nil || Permanent(err) {
		t.Errorf("nobody listens, and: %v", err)
	}
}

func TestSend_takenOverIsSent(t *testing.T) {
	r := &receiver{hangUp: true}
	err := sender(t, Config{URL: "smtp://" + r.start(t, nil, false) + "?tls=none"}).Send(t.Context(), hello())
	if err != nil || len(r.posts) != 1 {
		t.Errorf("%v, %d messages; a relay that hangs up after taking a message has it", err, len(r.posts))
	}
}

func TestSend_contextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := &receiver{}
	if err := sender(t, Config{URL: "smtp://" + r.start(t, nil, false) + "?tls=none"}).Send(ctx, hello()); err == nil || len(r.posts) != 0 {
		t.Errorf("%v, %d messages", err, len(r.posts))
	}
}

func TestNew_refuses(t *testing.T) {
	for _, config := range []Config{
		{URL: "smtp://relay.test", From: "nobody"},
		{URL: "smtp://relay.test", From: "a@b.test, c@d.test"},
		{URL: "http://relay.test", From: "a@b.test"},
		{URL: "smtp://relay.test?tls=maybe", From: "a@b.test"},
		{URL: "smtps://relay.test?tls=none", From: "a@b.test"},
		{URL: "smtp://relay.test:0", From: "a@b.test"},
		{URL: "smtp://relay.test/path", From: "a@b.test"},
		{URL: "relay.test", From: "a@b.test"},
	} {
		if _, err := New(config); err == nil {
			t.Errorf("New(%+v) took it", config)
		}
	}
}
