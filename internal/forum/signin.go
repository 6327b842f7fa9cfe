package forum

import (
	"net/url"
	"regexp"
)

// SignIn says how people sign in to a site. Secrets are not among it: it names
// them, and the installation's folder of secrets holds them.
type SignIn struct {
	Email     bool       `json:"email"`    // by a code sent to an address
	Passkeys  bool       `json:"passkeys"` // by a key in a device
	Providers []Provider `json:"providers"`
	Paper     *Paper     `json:"paper,omitempty"`
}

// Provider is an OpenID Connect provider, found by its issuer.
type Provider struct {
	Slug     string `json:"slug"` // its handle in URLs; never changes
	Name     string `json:"name"` // on the button
	Issuer   string `json:"issuer"`
	ClientID string `json:"client_id"`
	Secret   string `json:"secret,omitempty"` // name of the secret; empty: a public client
}

// Paper is the publication's own login.
type Paper struct {
	Name string `json:"name"`          // on the button
	URL  string `json:"url,omitempty"` // where the button leads; empty: there is no button
	// Secret is the name of the secret shared by DiscourseConnect. With it, URL
	// speaks that protocol; without it, the login signs tokens.
	Secret    string     `json:"secret,omitempty"`
	Issuer    string     `json:"issuer,omitempty"`    // exactly what tokens have as "iss"
	Algorithm string     `json:"algorithm,omitempty"` // HS256, RS256, ES256 or EdDSA
	Keys      []PaperKey `json:"keys,omitempty"`
	KeysURL   string     `json:"keys_url,omitempty"` // where public keys are read instead
}

// PaperKey is a key that verifies tokens.
type PaperKey struct {
	ID     string `json:"id,omitempty"` // what tokens have as "kid"
	Secret string `json:"secret"`       // name of the secret: the shared one, or a public key in PEM or as a JSON Web Key
}

var secretName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// GoodSecretName reports whether a text can name a secret: it is no path.
func GoodSecretName(s string) bool { return secretName.MatchString(s) }

// ok reports whether the settings are complete. Whether keys fit their algorithm
// and providers answer, only who uses them can tell.
func (s SignIn) ok() bool {
	slugs := map[string]bool{}
	for _, p := range s.Providers {
		if !siteSlug.MatchString(p.Slug) || slugs[p.Slug] || p.Name == "" || p.ClientID == "" || !isAddress(p.Issuer) {
			return false
		}
		if p.Secret != "" && !GoodSecretName(p.Secret) {
			return false
		}
		slugs[p.Slug] = true
	}
	return s.Paper == nil || s.Paper.ok()
}

func (p Paper) ok() bool {
	if p.Name == "" || (p.URL != "" && !isAddress(p.URL)) {
		return false
	}
	if p.Secret != "" {
		return p.URL != "" && GoodSecretName(p.Secret)
	}
	for _, k := range p.Keys {
		if !GoodSecretName(k.Secret) {
			return false
		}
	}
	return p.Issuer != "" && p.Algorithm != "" && (len(p.Keys) > 0) != (p.KeysURL != "")
}

// isAddress reports whether a text is an absolute web address.
func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(s) < 2000
}
