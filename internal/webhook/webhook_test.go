package webhook

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/internal/fixture"
)

const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	id     = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	body   = `{"test": 2432232314}`
)

var at = time.Unix(1614265330, 0)

func key(t *testing.T, secrets ...string) Key {
	t.Helper()
	k, err := NewKey(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signedHeader(k Key) http.Header {
	header := http.Header{}
	k.Sign(header, id, at, []byte(body))
	return header
}

func TestVerify(t *testing.T) {
	k := key(t, secret)
	good := signedHeader(k).Get(HeaderSignature)
	for name, test := range map[string]struct {
		header, value string
		now           time.Time
		ok            bool
	}{
		"untouched":                 {"", "", at, true},
		"another id":                {HeaderID, "msg_other", at, false},
		"another time":              {HeaderTimestamp, strconv.FormatInt(at.Unix()+1, 10), at, false},
		"time is no number":         {HeaderTimestamp, "soon", at, false},
		"no id":                     {HeaderID, "", at, false},
		"no time":                   {HeaderTimestamp, "", at, false},
		"no signature":              {HeaderSignature, "", at, false},
		"empty signature":           {HeaderSignature, "v1,", at, false},
		"wrong signature":           {HeaderSignature, "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=", at, false},
		"signature of no version":   {HeaderSignature, strings.TrimPrefix(good, "v1,"), at, false},
		"signature of another":      {HeaderSignature, "v2," + strings.TrimPrefix(good, "v1,"), at, false},
		"right one among others":    {HeaderSignature, "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,x " + good, at, true},
		"as old as the tolerance":   {"", "", at.Add(5 * time.Minute), false},
		"nearly as old":             {"", "", at.Add(5*time.Minute - time.Second), true},
		"from as far in the future": {"", "", at.Add(-5 * time.Minute), true},
		"from further":              {"", "", at.Add(-5*time.Minute - time.Second), false},
	} {
		header := signedHeader(k)
		if test.header != "" {
			header.Set(test.header, test.value)
		}
		if err := k.Verify(header, test.now, []byte(body)); (err == nil) != test.ok || err != nil && !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if k.Verify(signedHeader(k), at, []byte(body+" ")) == nil {
		t.Error("another body was taken")
	}
	if key(t, NewSecret()).Verify(signedHeader(k), at, []byte(body)) == nil {
		t.Error("another secret was taken")
	}
}

func TestKey_rotation(t *testing.T) {
	first, second := NewSecret(), NewSecret()
	both := key(t, second, first)
	header := signedHeader(both)
	if n := len(strings.Fields(header.Get(HeaderSignature))); n != 2 {
		t.Errorf("%d signatures, want 2", n)
	}
	for _, s := range []string{first, second} {
		if err := key(t, s).Verify(header, at, []byte(body)); err != nil {
			t.Errorf("a receiver with one of the two secrets: %v", err)
		}
		if err := both.Verify(signedHeader(key(t, s)), at, []byte(body)); err != nil {
			t.Errorf("signed with one of the two secrets: %v", err)
		}
	}
}

func TestNewKey(t *testing.T) {
	if key(t, strings.TrimPrefix(secret, prefix)).Verify(signedHeader(key(t, secret)), at, []byte(body)) != nil {
		t.Error("a secret without its prefix is another one")
	}
	for _, bad := range []string{"", prefix, "whsec_not base64", "Whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!"} {
		if _, err := NewKey(bad); !errors.Is(err, ErrSecret) {
			t.Errorf("NewKey(%q): %v", bad, err)
		}
	}
	if _, err := NewKey(); !errors.Is(err, ErrSecret) {
		t.Errorf("no secret: %v", err)
	}
}

// TestVectors signs the specification's own example.
func TestVectors(t *testing.T) {
	data, err := os.ReadFile(fixture.Path(t, "standards", "standard-webhooks", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Secret, ID, Payload, Signature string
		Timestamp                      int64
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	k := key(t, v.Secret)
	k.Sign(header, v.ID, time.Unix(v.Timestamp, 0), []byte(v.Payload))
	if got := header.Get(HeaderSignature); got != v.Signature {
		t.Errorf("signature %s, want %s", got, v.Signature)
	}
	if err := k.Verify(header, time.Unix(v.Timestamp, 0), []byte(v.Payload)); err != nil {
		t.Error(err)
	}
}
