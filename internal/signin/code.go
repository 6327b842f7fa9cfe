package signin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// CodeLength is how many characters an e-mail code has: 40 bits.
const CodeLength = 8

// recoveryLength is how many characters a recovery code has: 80 bits, so that it
// may be looked up by its hash alone.
const recoveryLength = 16

// RecoveryCodes is how many recovery codes a set has.
const RecoveryCodes = 10

// letters is Crockford's base 32: digits and letters without I, L, O and U.
const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewCode returns a fresh e-mail code as it is shown: two groups of four.
func NewCode() string { return grouped(randomLetters(CodeLength)) }

// ReadCode reads an e-mail code as a person may write it: in any case, with
// spaces and hyphens, O for 0, I or L for 1, or digits of another script.
func ReadCode(text string) (code string, ok bool) { return readLetters(text, CodeLength) }

// SealCode returns what is stored of a code. The key is a secret that only the
// browser which asked holds, so that the store alone cannot tell the code, and
// the code alone signs nobody in.
func SealCode(key, code string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("parley e-mail code\n" + code))
	return hex.EncodeToString(mac.Sum(nil))
}

// CodeMatches reports, in constant time, whether a text is the code that was
// sealed with a key.
func CodeMatches(seal, key, text string) bool {
	code, ok := ReadCode(text)
	// A text that is no code is compared too: the time tells nothing.
	same := hmac.Equal([]byte(seal), []byte(SealCode(key, code)))
	return same && ok
}

// NewRecoveryCodes returns a set of recovery codes as they are shown once.
func NewRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		codes[i] = grouped(randomLetters(recoveryLength))
	}
	return codes
}

// HashRecovery returns the hash under which a recovery code is stored. It refuses
// a text that is no recovery code.
func HashRecovery(text string) (string, error) {
	code, ok := readLetters(text, recoveryLength)
	if !ok {
		return "", refuse("recovery code: not %d characters of base 32", recoveryLength)
	}
	sum := sha256.Sum256([]byte("parley recovery code\n" + code))
	return hex.EncodeToString(sum[:]), nil
}

func randomLetters(n int) string {
	b := make([]byte, n)
	// crypto/rand never fails: it ends the program instead.
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = letters[b[i]%byte(len(letters))]
	}
	return string(b)
}

// grouped writes a code in groups of four.
func grouped(code string) string {
	var b strings.Builder
	for i := range len(code) {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(code[i])
	}
	return b.String()
}

// maxTyped is the longest text that is read as a code.
const maxTyped = 128

// readLetters reads n letters of a code as a person may write them.
func readLetters(text string, n int) (string, bool) {
	if len(text) > maxTyped {
		return "", false
	}
	b := make([]byte, 0, n)
	for _, r := range text {
		if strings.ContainsRune(" \t\r\n-_.\u00a0\u2010\u2011\u2013\u200e\u200f", r) {
			continue
		}
		c := letterOf(r)
		if c == 0 || len(b) == n {
			return "", false
		}
		b = append(b, c)
	}
	return string(b), len(b) == n
}

// letterOf returns the letter of a code that a person meant; zero: none.
func letterOf(r rune) byte {
	switch {
	case r >= '٠' && r <= '٩':
		return byte('0' + r - '٠')
	case r >= '۰' && r <= '۹':
		return byte('0' + r - '۰')
	case r >= 'a' && r <= 'z':
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		return '0'
	case 'I', 'L', 'İ', 'ı':
		return '1'
	}
	if r < 128 && strings.IndexByte(letters, byte(r)) >= 0 {
		return byte(r)
	}
	return 0
}
