package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// defaultTimeout is how long one exchange with a relay may take.
const defaultTimeout = 30 * time.Second

// Config names a relay and who the mail is from.
type Config struct {
	// URL is smtp://user:password@host:port, with ?tls=starttls (which is
	// meant without it), implicit or none. smtps:// is short for implicit.
	URL string
	// From is the sender: an address, with a name before it if wanted.
	From string
	// Timeout bounds one exchange; 30 seconds if zero.
	Timeout time.Duration
	// Roots are the authorities the relay's certificate must come from; nil
	// for the system's.
	Roots *x509.CertPool
}

// Sender hands messages to one relay. It may be used by many at once.
type Sender struct {
	from    *netmail.Address
	host    string
	options []gomail.Option
}

// New checks a configuration and returns its sender. It does not connect.
func New(config Config) (*Sender, error) {
	from, err := netmail.ParseAddress(config.From)
	if err != nil {
		return nil, fmt.Errorf("mail: sender %q is no address", config.From)
	}
	if from.Address, err = Address(from.Address); err != nil {
		return nil, fmt.Errorf("mail: sender %q is no address", config.From)
	}
	from.Name = line(from.Name)
	u, err := url.Parse(config.URL)
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") {
		return nil, errors.New("mail: the relay is not smtp://HOST:PORT")
	}
	timeout := config.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	s := &Sender{from: from, host: u.Hostname()}
	s.options = []gomail.Option{
		gomail.WithTimeout(timeout),
		gomail.WithHELO(domain(from.Address)),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: config.Roots}),
		gomail.WithoutSMTPUTF8(),
	}
	if err := s.security(u); err != nil {
		return nil, err
	}
	if u.User != nil {
		password, _ := u.User.Password()
		s.options = append(s.options, gomail.WithUsername(u.User.Username()), gomail.WithPassword(password),
			gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover))
	}
	return s, nil
}

// security sets encryption and port. What was asked for is mandatory: a relay
// that does not offer it gets no mail.
func (s *Sender) security(u *url.URL) error {
	mode := u.Query().Get("tls")
	if mode == "" && u.Scheme == "smtps" {
		mode = "implicit"
	}
	port := 587
	switch {
	case u.Scheme != "smtp" && u.Scheme != "smtps", u.Scheme == "smtps" && mode != "implicit":
		return errors.New("mail: the relay is not smtp:// or smtps://")
	case mode == "implicit":
		port = 465
		s.options = append(s.options, gomail.WithSSL())
	case mode == "", mode == "starttls":
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case mode == "none":
		port = 25
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return fmt.Errorf("mail: tls=%s is not starttls, implicit or none", mode)
	}
	if u.Port() != "" {
		n, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("mail: %q is no port", u.Port())
		}
		port = int(n)
	}
	s.options = append(s.options, gomail.WithPort(port))
	return nil
}

// Send hands one message to the relay. When it returns nil, the relay has taken
// it over. An error names no address, so that it may be logged; Permanent tells
// one that sending again will not mend.
func (s *Sender) Send(ctx context.Context, m Message) error {
	b, err := m.build(s.from)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("mail: relay: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, b)
	// A relay that hangs up right after taking a message over has it.
	if err == nil || b.IsDelivered() {
		return nil
	}
	return newFailure(err)
}

// Try connects to the relay, signs in if it must, and leaves. An error names no
// address.
func (s *Sender) Try(ctx context.Context) error {
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("mail: relay: %w", err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return newFailure(err)
	}
	if err := client.Close(); err != nil {
		return newFailure(err)
	}
	return nil
}

// Failure is what a relay answered instead of taking a message over.
type Failure struct {
	// Code is the SMTP reply code, or 0 when there was no answer to the message.
	Code int
	// Text is what went wrong, without addresses.
	Text      string
	permanent bool
}

// Error describes the failure for a log.
func (f *Failure) Error() string { return "mail: " + f.Text }

// Permanent reports whether sending the same message again is in vain: it was
// refused for its recipient or its content, or can never be built.
func Permanent(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.permanent || errors.Is(err, ErrMessage)
}

func newFailure(err error) *Failure {
	f := &Failure{Text: redact(err.Error())}
	var sent *gomail.SendError
	if errors.As(err, &sent) {
		f.Code = sent.ErrorCode()
		aboutMessage := sent.Reason == gomail.ErrSMTPRcptTo || sent.Reason == gomail.ErrSMTPData || sent.Reason == gomail.ErrSMTPDataClose
		f.permanent = aboutMessage && f.Code >= 500 && f.Code < 600
	}
	return f
}

// redact takes out every word that may be an address, and line ends.
func redact(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		if strings.Contains(word, "@") {
			words[i] = "(address)"
		}
	}
	return strings.Join(words, " ")
}
