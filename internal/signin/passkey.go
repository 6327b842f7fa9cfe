package signin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// maxCeremony bounds what a browser sends of a passkey.
const maxCeremony = 32 << 10

// Passkeys runs the ceremonies of WebAuthn for one host. Passkeys are made in
// first-party windows only and found by the browser, without a name.
type Passkeys struct{ rp *webauthn.WebAuthn }

// PasskeyUser is whose passkey it is. The handle is opaque and stays the same.
type PasskeyUser struct {
	Handle []byte
	Name   string // shown by the browser when it asks which passkey
	Keys   []Passkey
}

// Passkey is a public key with all that must be kept of it.
type Passkey struct {
	record webauthn.Credential
}

// ErrNoPasskeys says that the installation's address is a number, for which
// browsers make no passkeys.
var ErrNoPasskeys = errors.New("passkeys need a host name, not an address")

// NewPasskeys returns the ceremonies of the host of a base URL.
func NewPasskeys(baseURL, siteName string) (*Passkeys, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	if u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil {
		return nil, ErrNoPasskeys
	}
	rp, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: siteName, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationPreferred,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &Passkeys{rp: rp}, nil
}

// Ceremony is one attempt: what the browser is asked, and what the caller keeps to
// judge the answer, once.
type Ceremony struct {
	Options []byte // JSON for the browser
	Kept    []byte // JSON for the caller's store
}

// BeginAdding asks the browser for a new passkey. Staff must show who they are to
// it (verified).
func (p *Passkeys) BeginAdding(user PasskeyUser, verified bool) (Ceremony, error) {
	selection := p.rp.Config.AuthenticatorSelection
	selection.UserVerification = verification(verified)
	var known []protocol.CredentialDescriptor
	for _, k := range user.Keys {
		known = append(known, k.record.Descriptor())
	}
	options, session, err := p.rp.BeginRegistration(handleUser{user}, webauthn.WithAuthenticatorSelection(selection),
		webauthn.WithExclusions(known), webauthn.WithExtensions(webauthn.WithExtensionCredProps()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin to add a passkey: %w", err)
	}
	return ceremony(options, session)
}

// FinishAdding returns the passkey the browser made.
func (p *Passkeys) FinishAdding(user PasskeyUser, kept, answer []byte) (Passkey, error) {
	session, err := resume(kept, answer)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, refuse("passkey: %s", detail(err))
	}
	made, err := p.rp.CreateCredential(handleUser{user}, session, parsed)
	if err != nil {
		return Passkey{}, refuse("passkey: %s", detail(err))
	}
	// Nobody asks for attestations, so nobody needs them again.
	made.Attestation = webauthn.CredentialAttestation{}
	return Passkey{*made}, nil
}

// BeginUsing asks the browser for any passkey it has for this host.
func (p *Passkeys) BeginUsing(verified bool) (Ceremony, error) {
	options, session, err := p.rp.BeginDiscoverableLogin(webauthn.WithUserVerification(verification(verified)))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin to use a passkey: %w", err)
	}
	return ceremony(options, session)
}

// Use is a passkey that was used.
type Use struct {
	Passkey  Passkey // as it is to be kept from now on
	Verified bool    // the person showed the device who they are
}

// FinishUsing checks the browser's answer. The caller finds whose passkey it is by
// its id and the user's handle.
func (p *Passkeys) FinishUsing(kept, answer []byte, find func(id, handle []byte) (PasskeyUser, error)) (Use, error) {
	session, err := resume(kept, answer)
	if err != nil {
		return Use{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Use{}, refuse("passkey: %s", detail(err))
	}
	_, used, err := p.rp.ValidatePasskeyLogin(func(id, handle []byte) (webauthn.User, error) {
		user, err := find(id, handle)
		return handleUser{user}, err
	}, session, parsed)
	if err != nil {
		return Use{}, refuse("passkey: %s", detail(err))
	}
	if used.Authenticator.CloneWarning {
		return Use{}, refuse("passkey: its counter went back: it was copied")
	}
	return Use{Passkey: Passkey{*used}, Verified: parsed.Response.AuthenticatorData.Flags.HasUserVerified()}, nil
}

// ID returns the passkey's id as its authenticator chose it.
func (k Passkey) ID() []byte { return k.record.ID }

// Synced reports whether the passkey lives on several devices of its owner.
func (k Passkey) Synced() bool { return k.record.Flags.BackupState }

// MarshalJSON writes all that must be kept: the key, its flags, its counter.
func (k Passkey) MarshalJSON() ([]byte, error) { return json.Marshal(k.record) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (k *Passkey) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &k.record) }

func verification(required bool) protocol.UserVerificationRequirement {
	if required {
		return protocol.VerificationRequired
	}
	return protocol.VerificationPreferred
}

func ceremony(options, session any) (Ceremony, error) {
	asked, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey options: %w", err)
	}
	kept, err := json.Marshal(session)
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey session: %w", err)
	}
	return Ceremony{Options: asked, Kept: kept}, nil
}

// resume reads what the caller kept of a ceremony.
func resume(kept, answer []byte) (webauthn.SessionData, error) {
	var session webauthn.SessionData
	if len(answer) > maxCeremony {
		return session, refuse("passkey: an answer of %d bytes", len(answer))
	}
	if err := json.Unmarshal(kept, &session); err != nil {
		return session, fmt.Errorf("passkey session: %w", err)
	}
	return session, nil
}

// detail is what the library says for developers; its sentence for users says too
// little for a log.
func detail(err error) string {
	var e *protocol.Error
	if errors.As(err, &e) {
		return e.Details + " " + e.DevInfo
	}
	return err.Error()
}

// handleUser is a user as the library wants one.
type handleUser struct{ PasskeyUser }

func (u handleUser) WebAuthnID() []byte          { return u.Handle }
func (u handleUser) WebAuthnName() string        { return u.Name }
func (u handleUser) WebAuthnDisplayName() string { return u.Name }
func (u handleUser) WebAuthnCredentials() []webauthn.Credential {
	all := make([]webauthn.Credential, len(u.Keys))
	for i, k := range u.Keys {
		all[i] = k.record
	}
	return all
}
