package signin

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"
)

const (
	maxToken  = 8 << 10
	maxTokens = 255 // bytes of a token's id
	// TokenLife is the longest a token may be valid after it was issued.
	TokenLife = 5 * time.Minute
	// TokenSkew is how far the clocks of the publication and ours may differ.
	TokenSkew = time.Minute
)

// Token is a signed token that was checked. It signs in once: who accepts it
// remembers (Issuer, ID) until Expires.
type Token struct {
	Identity
	ID      string
	Nonce   string // what it answers; empty: nothing in particular
	Expires time.Time
}

// Tokens checks the signed tokens (JWT, RFC 7519) of one publication's own login.
type Tokens struct {
	issuer    string
	audiences []string
	algorithm Algorithm
	keys      keySet
	now       func() time.Time
}

// TokensConfig says whose tokens sign in, and with which keys.
type TokensConfig struct {
	Issuer    string   // exactly what tokens have as "iss"
	Audiences []string // what tokens may have as "aud": the site's id and its slug
	Algorithm Algorithm
	Keys      []Key  // the keys, all of Algorithm; or
	KeysURL   string // where they are read, as a JSON Web Key Set
	Client    *Client
	Now       func() time.Time
}

// NewTokens refuses a configuration with which nobody, or anybody, could sign in.
func NewTokens(c TokensConfig) (*Tokens, error) {
	t := &Tokens{issuer: c.Issuer, audiences: c.Audiences, algorithm: c.Algorithm, now: c.Now}
	switch c.Algorithm {
	case HS256, RS256, ES256, EdDSA:
	default:
		return nil, fmt.Errorf("algorithm %q is none of HS256, RS256, ES256, EdDSA", c.Algorithm)
	}
	if c.Issuer == "" || len(c.Audiences) == 0 {
		return nil, fmt.Errorf("tokens need an issuer and an audience")
	}
	if c.KeysURL == "" {
		t.keys = staticKeys(c.Keys)
		return t, checkKeys(c.Keys, c.Algorithm)
	}
	u, err := secureURL(c.KeysURL)
	if err != nil {
		return nil, fmt.Errorf("address of the keys: %w", err)
	}
	if c.Algorithm == HS256 || len(c.Keys) > 0 {
		return nil, fmt.Errorf("keys are either given or read from an address, and a shared secret is never read")
	}
	t.keys = &remoteKeys{address: u.String(), algorithm: c.Algorithm, client: c.Client, now: c.Now}
	return t, nil
}

// checkKeys refuses a list without a key, with a key of another algorithm, or with
// two keys of one id.
func checkKeys(keys []Key, a Algorithm) error {
	if len(keys) == 0 {
		return fmt.Errorf("there is no key")
	}
	ids := map[string]bool{}
	for _, k := range keys {
		if k.algorithm != a {
			return fmt.Errorf("key %q is for %s, not for %s", clip(k.id), k.algorithm, a)
		}
		if ids[k.id] {
			return fmt.Errorf("two keys have the id %q", clip(k.id))
		}
		ids[k.id] = true
	}
	return nil
}

// Check checks a token. If a nonce was given out for it, the token must have it.
func (t *Tokens) Check(ctx context.Context, token, nonce string) (Token, error) {
	payload, err := t.open(ctx, token)
	if err != nil {
		return Token{}, err
	}
	claims, err := members(payload)
	if err != nil {
		return Token{}, refuse("token: payload: %w", err)
	}
	// What a login may say is on this list, and a role is not.
	if err := only(claims, "iss", "aud", "sub", "exp", "iat", "nbf", "jti", "nonce", "name", "email", "email_verified"); err != nil {
		return Token{}, refuse("token: claim %w", err)
	}
	return t.read(claims, nonce)
}

// open checks a token's form and signature and returns its payload.
func (t *Tokens) open(ctx context.Context, token string) ([]byte, error) {
	if len(token) > maxToken {
		return nil, refuse("token: %d bytes", len(token))
	}
	if strings.Count(token, ".") != 2 {
		return nil, refuse("token: %d segments", strings.Count(token, ".")+1)
	}
	parts := strings.Split(token, ".")
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = segment(part); err != nil {
			return nil, refuse("token: segment %d: %w", i+1, err)
		}
	}
	kid, err := t.readHeader(decoded[0])
	if err != nil {
		return nil, err
	}
	key, err := t.keys.find(ctx, kid)
	if err != nil {
		return nil, err
	}
	if err := jwt.GetSigningMethod(string(t.algorithm)).Verify(parts[0]+"."+parts[1], decoded[2], key.material); err != nil {
		return nil, refuse("token: signature: %w", err)
	}
	return decoded[1], nil
}

// readHeader returns the id of the key a token names. The header chooses neither
// the algorithm nor where keys come from.
func (t *Tokens) readHeader(b []byte) (kid string, err error) {
	header, err := members(b)
	if err != nil {
		return "", refuse("token: header: %w", err)
	}
	if err := only(header, "alg", "kid", "typ"); err != nil {
		return "", refuse("token: header %w", err)
	}
	alg, err := text(header, "alg")
	if err != nil || alg != string(t.algorithm) {
		return "", refuse("token: algorithm %q, not %s", clip(alg), t.algorithm)
	}
	typ, err := text(header, "typ")
	if err != nil || !strings.EqualFold(typ, "JWT") {
		return "", refuse("token: type %q, not JWT", clip(typ))
	}
	kid, err = text(header, "kid")
	if err != nil {
		return "", refuse("token: header: %w", err)
	}
	return kid, nil
}

// read judges the claims of a token whose signature is good.
func (t *Tokens) read(claims map[string]jsontext.Value, nonce string) (Token, error) {
	var texts [6]string
	for i, name := range []string{"iss", "sub", "jti", "nonce", "name", "email"} {
		var err error
		if texts[i], err = text(claims, name); err != nil {
			return Token{}, refuse("token: %w", err)
		}
	}
	out := Token{Identity: Identity{Issuer: texts[0], Subject: texts[1], Name: texts[4], Email: texts[5]}, ID: texts[2], Nonce: texts[3]}
	switch {
	case out.Issuer != t.issuer:
		return Token{}, refuse("token: issuer %q is not ours", clip(out.Issuer))
	case out.ID == "" || len(out.ID) > maxTokens:
		return Token{}, refuse("token: an id of %d bytes", len(out.ID))
	case nonce != "" && subtle.ConstantTimeCompare([]byte(nonce), []byte(texts[3])) != 1:
		return Token{}, refuse("token: the nonce is not the request's")
	}
	if err := t.checkAudience(claims["aud"]); err != nil {
		return Token{}, err
	}
	if err := checkSubject(out.Subject); err != nil {
		return Token{}, err
	}
	if err := checkShownName(out.Name); err != nil {
		return Token{}, err
	}
	if err := readAddress(claims, &out.Identity); err != nil {
		return Token{}, err
	}
	var err error
	out.Expires, err = t.checkTimes(claims)
	return out, err
}

// checkAudience takes one audience, ours, as a text or alone in a list: a token
// made for others too may be theirs to replay.
func (t *Tokens) checkAudience(v jsontext.Value) error {
	var list []string
	switch v.Kind() {
	case '"':
		list = make([]string, 1)
		if err := json.Unmarshal(v, &list[0]); err != nil {
			return refuse("token: audience: %w", err)
		}
	case '[':
		if err := json.Unmarshal(v, &list); err != nil {
			return refuse("token: audience: %w", err)
		}
	}
	if len(list) != 1 {
		return refuse("token: %d audiences", len(list))
	}
	for _, ours := range t.audiences {
		if list[0] == ours {
			return nil
		}
	}
	return refuse("token: audience %q is not ours", clip(list[0]))
}

// readAddress keeps an address only if the login says that it verified it. It has
// to say whether it did.
func readAddress(claims map[string]jsontext.Value, id *Identity) error {
	v, told := claims["email_verified"]
	if told && v.Kind() != 't' && v.Kind() != 'f' {
		return refuse("token: email_verified is not a boolean")
	}
	if id.Email != "" && !told {
		return refuse("token: email without email_verified")
	}
	if told && v.Kind() == 'f' {
		id.Email = ""
	}
	return checkAddress(id.Email)
}

// checkTimes returns when a token ends.
func (t *Tokens) checkTimes(claims map[string]jsontext.Value) (time.Time, error) {
	now := t.now()
	expires, err := moment(claims, "exp")
	if err != nil {
		return time.Time{}, err
	}
	issued, err := moment(claims, "iat")
	if err != nil {
		return time.Time{}, err
	}
	switch {
	case issued.After(now.Add(TokenSkew)):
		return time.Time{}, refuse("token: issued in the future")
	case !expires.After(issued) || expires.Sub(issued) > TokenLife:
		return time.Time{}, refuse("token: lives for %s", expires.Sub(issued))
	case !now.Before(expires.Add(TokenSkew)):
		return time.Time{}, refuse("token: expired %s ago", now.Sub(expires).Round(time.Second))
	}
	if _, ok := claims["nbf"]; ok {
		from, err := moment(claims, "nbf")
		if err != nil {
			return time.Time{}, err
		}
		if from.After(now.Add(TokenSkew)) {
			return time.Time{}, refuse("token: not valid yet")
		}
	}
	return expires.Add(TokenSkew), nil
}

// maxMoment is the last second of the year 9999.
const maxMoment = 253_402_300_799

// moment reads a claim that is a whole number of seconds since 1970.
func moment(claims map[string]jsontext.Value, name string) (time.Time, error) {
	v, ok := claims[name]
	if !ok {
		return time.Time{}, refuse("token: %s is missing", name)
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if v.Kind() != '0' || err != nil || n <= 0 || n > maxMoment {
		return time.Time{}, refuse("token: %s is not a moment", name)
	}
	return time.Unix(n, 0), nil
}
