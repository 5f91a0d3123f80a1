// Package access decides who sends a request: by an API key, by a token of the publisher's identity provider, or nobody
// known. What a caller may then do is a rule of package news.
package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"strings"

	"github.com/dateline-cms/dateline/internal/news"
)

// Secret is what an API key is sent as. It prints as its prefix, so that no log holds it by accident.
//
// It is "dl_live_" and 64 characters of a to z and 2 to 7: 36 random bytes and 4 of checksum in the base 32 of RFC 4648. The
// fixed beginning and form let programs that look for leaked secrets recognise one (dl_live_[a-z2-7]{64}); the checksum tells a
// typo or a half-copied key from an unknown one without asking the database.
type Secret struct{ text string }

const (
	secretMark    = "dl_live_"
	randomBytes   = 36
	checksumBytes = 4
	prefixLength  = len(secretMark) + 8 // 40 of the 288 random bits may be shown
)

var secretEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewSecret makes a secret that nobody can guess.
func NewSecret() Secret {
	b := make([]byte, randomBytes, randomBytes+checksumBytes)
	rand.Read(b)
	return Secret{secretMark + secretEncoding.EncodeToString(checksummed(b))}
}

// checksummed appends a CRC-32, which finds every change of up to 32 bits in a row: six characters of the secret.
func checksummed(b []byte) []byte {
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// ParseSecret reads a secret as it was shown. The error does not repeat it.
func ParseSecret(text string) (Secret, error) {
	digits, marked := strings.CutPrefix(text, secretMark)
	if !marked {
		return Secret{}, news.Unauthenticatedf("this is not an API key: one begins with %s", secretMark)
	}
	if want := secretEncoding.EncodedLen(randomBytes + checksumBytes); len(digits) != want {
		return Secret{}, news.Unauthenticatedf("the API key has %d characters and should have %d; copy it again as a whole", len(text), len(secretMark)+want)
	}
	b, err := secretEncoding.DecodeString(digits)
	// Decoding passes over line ends.
	if err != nil || len(b) != randomBytes+checksumBytes || string(checksummed(b[:randomBytes:randomBytes])) != string(b) {
		return Secret{}, news.Unauthenticatedf("a character of the API key is wrong; copy it again as it was shown")
	}
	return Secret{text}, nil
}

// Reveal is the secret itself. It is for whoever the key was made for, once.
func (s Secret) Reveal() string { return s.text }

// Prefix is the part that may be shown and stored, by which a key is found.
func (s Secret) Prefix() string { return s.text[:min(prefixLength, len(s.text))] }

func (s Secret) String() string { return s.Prefix() + "…" }

// GoString is String: %#v shows no more.
func (s Secret) GoString() string { return s.String() }

// Hash is what is stored in place of the secret. Slow hashes such as bcrypt or Argon2 are for passwords, which can be guessed:
// a secret has 248 bits that nobody was shown, so guessing is hopeless however fast the hash, and a fast one costs a request
// less than a microsecond.
func (s Secret) Hash() [sha256.Size]byte { return sha256.Sum256([]byte(s.text)) }
