// Package mail builds messages and hands them to a relay by SMTP. It knows what
// a message may be made of, so that no text of a reader's becomes a header, a
// recipient or a command. What may never enter: what a message says, to whom it
// goes and how often, and any template.
package mail

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// maxHeader is how much of a subject or a name is sent, in characters.
const maxHeader = 200

// ErrMessage is behind every error about a message that can never be sent.
var ErrMessage = errors.New("mail: message refused")

// Message is one message to one person.
type Message struct {
	// To is an address that Address has returned.
	To string
	// FromName is shown instead of the name in the sender's address; the
	// publication's. It may be empty.
	FromName string
	// Subject is one line; what would break a header is taken out of it.
	Subject string
	// Text and HTML say the same. Text is needed.
	Text, HTML string
	// Unsubscribe is the URL that ends mail of this sort when it is posted to
	// (RFC 8058); empty for mail that somebody has asked for this minute.
	Unsubscribe string
	// ID makes the Message-ID, before the @. The same message sent again has
	// the same one, so that receivers can tell.
	ID string
	// At is the date in the header.
	At time.Time
}

// build makes the message as the relay gets it.
func (m Message) build(from *netmail.Address) (*gomail.Msg, error) {
	to, err := Address(m.To)
	if err != nil {
		return nil, fmt.Errorf("%w: recipient", ErrMessage)
	}
	if !localPart(m.ID) {
		return nil, fmt.Errorf("%w: id %q", ErrMessage, m.ID)
	}
	if m.Text == "" {
		return nil, fmt.Errorf("%w: no text", ErrMessage)
	}
	b := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP))
	sender := *from
	if name := line(m.FromName); name != "" {
		sender.Name = name
	}
	b.FromMailAddress(&sender)
	b.ToMailAddress(&netmail.Address{Address: to})
	b.Subject(line(m.Subject))
	b.SetDateWithValue(m.At)
	b.SetMessageIDWithValue(m.ID + "@" + domain(from.Address))
	b.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Unsubscribe != "" {
		if err := unsubscribe(b, m.Unsubscribe); err != nil {
			return nil, err
		}
	}
	b.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		b.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return b, nil
}

// unsubscribe adds the headers of RFC 2369 and RFC 8058. The second needs
// https: on a test machine without it the link alone is offered.
func unsubscribe(b *gomail.Msg, url string) error {
	if strings.ContainsFunc(url, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '<' || r == '>' || r == ',' }) {
		return fmt.Errorf("%w: unsubscribe URL", ErrMessage)
	}
	if b.SetListUnsubscribeOneClick(url) != nil {
		b.SetListUnsubscribe(url)
	}
	return nil
}

// line makes a text fit for a header: one line without controls, without
// characters that reorder their neighbours, and without the beginning of an
// encoded word, which a reader's program would decode. Isolates stay: templates
// put them round names.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case r >= '\u202a' && r <= '\u202e', r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
	text = strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "=?", "= ?")
	if runes := []rune(text); len(runes) > maxHeader {
		text = string(runes[:maxHeader-1]) + "…"
	}
	return text
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
