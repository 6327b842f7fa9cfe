package view

import "time"

// Pair is a name and a value of a form or a query.
type Pair struct{ Name, Value string }

// SignIn is the page on which somebody chooses how to sign in.
type SignIn struct {
	Shell     Shell
	Hidden    []Pair // what the browser came for: every form carries it on
	Query     string // the same for links: "" or "?…"
	Email     bool
	Address   string // as typed
	Passkeys  bool
	Providers []SignInWay
	Prove     bool // somebody of the newsroom must show more than a code
	Known     bool // signed in already, and may go on as Name
	Name      string
	Go        string // path of the form with which one goes on
	Errors    []FieldError
}

// SignInWay is a button that leads elsewhere.
type SignInWay struct{ Name, Path string }

// SignInCode is the page on which a code is typed.
type SignInCode struct {
	Shell    Shell
	Heading  string
	Text     string
	Action   string
	Label    string // of the field
	Length   int    // most characters, with what a person adds
	Code     string // as a link brought it
	OldLabel string // of a second code, for the address before; empty: one is enough
	Again    string // path where another is asked for; empty: nowhere
	Missing  bool   // the attempt is not this browser's: there is no form
	Errors   []FieldError
}

// SignInName is the page on which a first name is chosen and the rules are shown.
type SignInName struct {
	Shell  Shell
	Hidden []Pair
	Name   string
	Rules  string
	Errors []FieldError
}

// SignInDone tells the page that opened this window that somebody has signed in.
type SignInDone struct {
	Shell        Shell
	Code, Origin string
}

// Security is the page about how an account signs in, and where it is signed in.
type Security struct {
	Shell       Shell
	Guest       bool
	SignIn      string // path of the page to sign in on
	Ways        []SecurityWay
	Passkeys    bool
	Email       bool // whether codes by e-mail are a way in here
	Recovery    int  // codes left
	Codes       []string
	Devices     []SecurityDevice
	Others      bool // there are other devices
	Errors      []FieldError
	EmailTyped  string
	NeedsProof  bool
	MayRecovery bool
}

// SecurityWay is one way an account signs in.
type SecurityWay struct {
	ID    string
	Kind  string // code of the catalogue: security.KIND
	Label string
	Added time.Time
	Used  time.Time // zero: never
}

// SecurityDevice is a browser that is signed in.
type SecurityDevice struct {
	ID    string
	Name  string // empty: unknown
	Kind  string // code of the catalogue besides "page"
	Here  bool
	Since time.Time
	Seen  time.Time
}
