package signintest

import (
	"encoding/base64"
	"maps"
	"strings"
	"time"
)

// Mutation is one change to a good token.
type Mutation struct {
	Configured string // the algorithm the site has configured
	Token      string
	Why        string // what the log must say, in part
}

// Mutations returns, by the words that describe them, the changes that are in the
// token itself. What depends on a store, a provider or the request around a token
// is not among them.
func (l *Login) Mutations() map[string]Mutation {
	all := map[string]Mutation{}
	for _, some := range []map[string]Mutation{l.signatures(), l.encodings(), l.headers(), l.times(), l.audiences(), l.people()} {
		maps.Copy(all, some)
	}
	return all
}

// with signs a good token with other claims; a nil value takes one away.
func (l *Login) with(why string, change map[string]any) Mutation {
	claims := l.Claims()
	for name, value := range change {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
	return Mutation{"HS256", l.Sign("HS256", object(l.Header("HS256")), object(claims)), why}
}

// headed signs a good token with other header fields; a nil value takes one away.
func (l *Login) headed(why string, change map[string]any) Mutation {
	header := l.Header("HS256")
	for name, value := range change {
		header[name] = value
		if value == nil {
			delete(header, name)
		}
	}
	return Mutation{"HS256", l.Sign("HS256", object(header), object(l.Claims())), why}
}

// raw signs a good token whose payload has one claim written by hand.
func (l *Login) raw(why, name, value string) Mutation {
	claims := l.Claims()
	delete(claims, name)
	payload := strings.TrimSuffix(object(claims), "}") + `,"` + name + `":` + value + "}"
	return Mutation{"HS256", l.Sign("HS256", object(l.Header("HS256")), payload), why}
}

func (l *Login) signatures() map[string]Mutation {
	good := l.Token("HS256")
	signed, sig := good[:strings.LastIndex(good, ".")], good[strings.LastIndex(good, ".")+1:]
	bytes, err := base64.RawURLEncoding.DecodeString(sig)
	must(err)
	again := func(b []byte) string { return signed + "." + base64.RawURLEncoding.EncodeToString(b) }
	other := l.Token("HS256", map[string]any{"sub": "somebody-else"})
	confused := func(secret []byte) string {
		signed := encode(object(l.Header("HS256"))) + "." + encode(object(l.Claims()))
		return signed + "." + base64.RawURLEncoding.EncodeToString(hmacOf(secret, signed))
	}
	none := func(alg any) Mutation {
		m := l.headed("algorithm", map[string]any{"alg": alg})
		m.Token = m.Token[:strings.LastIndex(m.Token, ".")+1]
		return m
	}
	long := l.Header("HS384")
	return map[string]Mutation{
		"alg=none":    none("none"),
		"alg=None":    none("None"),
		"alg=nOnE":    none("nOnE"),
		"alg missing": none(nil),
		"alg=HS256 signed with the RS256 public key (PEM)": {"RS256", confused(l.PEM("RS256")), "algorithm"},
		"alg=HS256 signed with the public key (DER/JWK n)": {"RS256", confused(l.der("RS256")), "algorithm"},
		"alg=RS256 when key is EC":                         {"ES256", l.Token("RS256"), "algorithm"},
		"alg=HS384 when HS256 configured":                  {"HS256", l.Sign("HS384", object(long), object(l.Claims())), "algorithm"},
		"empty signature":                                  {"HS256", signed + ".", "signature"},
		"signature truncated by 1 byte":                    {"HS256", again(bytes[:31]), "signature"},
		"signature of another payload":                     {"HS256", signed + other[strings.LastIndex(other, "."):], "signature"},
		"signature with trailing garbage":                  {"HS256", again(append(bytes, "garbage"...)), "signature"},
		"kid of another tenant":                            l.headed("not known", map[string]any{"kid": "key-of-the-other-paper"}),
		"kid unknown":                                      l.headed("not known", map[string]any{"kid": "key-2"}),
		"kid=../../dev/null":                               l.headed("not known", map[string]any{"kid": "../../dev/null"}),
		"kid=' OR 1=1":                                     l.headed("not known", map[string]any{"kid": "' OR 1=1"}),
	}
}

func (l *Login) encodings() map[string]Mutation {
	good := l.Token("HS256")
	parts := strings.Split(good, ".")
	// The last letter of a 32-byte signature carries two bits that mean nothing.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, parts[2][len(parts[2])-1])
	loose := good[:len(good)-1] + string(alphabet[last|1])
	slashed := strings.NewReplacer("-", "+", "_", "/")
	standard := good
	for i := 0; slashed.Replace(standard) == standard; i++ {
		standard = l.Token("HS256", map[string]any{"sub": strings.Repeat("?~", i+1)})
	}
	header, payload := object(l.Header("HS256")), object(l.Claims())
	sign := func(h, p string) string { return l.Sign("HS256", h, p) }
	return map[string]Mutation{
		"base64 with padding":                   {"HS256", good + "=", "segment 3"},
		"base64 std alphabet (+/)":              {"HS256", slashed.Replace(standard), "segment"},
		"non-canonical base64 last char":        {"HS256", loose, "segment 3"},
		"whitespace inside segments":            {"HS256", parts[0] + "." + parts[1][:8] + "\n" + parts[1][8:] + "." + parts[2], "segment 2"},
		"2 segments":                            {"HS256", parts[0] + "." + parts[1], "2 segments"},
		"4 segments":                            {"HS256", good + "." + parts[2], "4 segments"},
		"5 segments (JWE)":                      {"HS256", good + "." + parts[1] + "." + parts[2], "5 segments"},
		"JSON serialisation instead of compact": {"HS256", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, "1 segments"},
		"header duplicate alg keys":             {"HS256", sign(`{"alg":"none",`+header[1:], payload), "header"},
		"payload duplicate sub keys":            {"HS256", sign(header, `{"sub":"editor",`+payload[1:]), "payload"},
		"payload not an object":                 {"HS256", sign(header, `["`+l.Issuer+`"]`), "payload"},
		"payload 1 MB":                          {"HS256", l.Token("HS256", map[string]any{"name": strings.Repeat("a", 1<<20)}), "bytes"},
		"10,000 dots":                           {"HS256", strings.Repeat(".", 10_000), "bytes"},
		"header 64 kB":                          l.headed("bytes", map[string]any{"typ": strings.Repeat("J", 64<<10)}),
	}
}

func (l *Login) headers() map[string]Mutation {
	add := func(name string, value any) Mutation {
		return l.headed(`header "`+name+`"`, map[string]any{name: value})
	}
	return map[string]Mutation{
		"jku=https://evil":            add("jku", "https://evil.example/keys"),
		"x5u=https://evil":            add("x5u", "https://evil.example/cert"),
		"jwk embedded attacker key":   add("jwk", l.JWK("RS256")),
		"x5c embedded attacker chain": add("x5c", []string{base64.StdEncoding.EncodeToString(l.der("RS256"))}),
		`crit=["exp"]`:                add("crit", []string{"exp"}),
		"crit unknown ext":            add("crit", []string{"https://ext.example/strange"}),
		"b64=false":                   add("b64", false),
		"zip=DEF":                     add("zip", "DEF"),
		"cty=JWT nested":              add("cty", "JWT"),
		"typ=at+jwt for login":        l.headed("type", map[string]any{"typ": "at+jwt"}),
		"typ missing when required":   l.headed("type", map[string]any{"typ": nil}),
		"logout token used as login": l.with(`claim "events"`, map[string]any{
			"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
		}),
	}
}

func (l *Login) times() map[string]Mutation {
	at := func(d time.Duration) int64 { return l.Now.Add(d).Unix() }
	one := func(why, name string, value any) Mutation { return l.with(why, map[string]any{name: value}) }
	return map[string]Mutation{
		"exp missing": one("exp is missing", "exp", nil),
		"exp in the past by 61 s (skew 60)": l.with("expired", map[string]any{
			"iat": at(-4 * time.Minute), "exp": at(-61 * time.Second),
		}),
		"exp year 9999 (lifetime > max)": one("lives for", "exp", time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).Unix()),
		"exp as string":                  one("exp is not a moment", "exp", "2000000000"),
		"exp=1e400":                      l.raw("exp is not a moment", "exp", "1e400"),
		"exp negative":                   one("exp is not a moment", "exp", -1),
		"exp float NaN":                  l.raw("payload", "exp", "NaN"),
		"nbf in future":                  one("not valid yet", "nbf", at(2*time.Minute)),
		"iat in future beyond skew":      l.with("issued in the future", map[string]any{"iat": at(90 * time.Second), "exp": at(3 * time.Minute)}),
		"iat older than max age":         one("lives for", "iat", at(-2*time.Minute)),
		"jti missing when one-time":      one("an id of 0 bytes", "jti", nil),
	}
}

func (l *Login) audiences() map[string]Mutation {
	crowd := []string{l.Audience}
	for range 50 {
		crowd = append(crowd, "https://another.example")
	}
	one := func(why, name string, value any) Mutation { return l.with(why, map[string]any{name: value}) }
	return map[string]Mutation{
		"aud missing":                       one("0 audiences", "aud", nil),
		"aud other":                         one("audience", "aud", "another-paper"),
		"aud array without us":              one("audience", "aud", []string{"another-paper"}),
		"aud array with us and 50 others":   one("51 audiences", "aud", crowd),
		"token for site A posted to site B": one("audience", "aud", "site-b"),
		"iss missing":                       one("issuer", "iss", nil),
		"iss other tenant":                  one("issuer", "iss", "https://another.example"),
		"iss with trailing slash":           one("issuer", "iss", l.Issuer+"/"),
		"ID token used as API access token": one(`claim "at_hash"`, "at_hash", "77QmUPtjPfzWtF2AnpK9RQ"),
	}
}

func (l *Login) people() map[string]Mutation {
	one := func(why, name string, value any) Mutation { return l.with(why, map[string]any{name: value}) }
	mail := map[string]any{"email": "reader@mail.example", "email_verified": "true"}
	return map[string]Mutation{
		"sub missing":                  one("subject", "sub", nil),
		"sub empty":                    one("subject", "sub", ""),
		"sub number":                   one("sub is not a string", "sub", 4711),
		"sub 10 kB":                    one("", "sub", strings.Repeat("s", 10<<10)),
		"sub with NUL":                 one("subject: control", "sub", "reader\x00-4711"),
		"email without email_verified": one("without email_verified", "email", "reader@mail.example"),
		`email_verified="true" string`: l.with("not a boolean", mail),
		"name with HTML":               one("name: markup", "name", "<b>Mara</b>"),
		`roles=["admin"] not allow-listed for SSO`: one(`claim "roles"`, "roles", []string{"admin"}),
		"avatar=javascript:":                       one(`claim "avatar"`, "avatar", "javascript:alert(1)"),
	}
}
