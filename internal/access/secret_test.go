package access

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

func TestSecret(t *testing.T) {
	form := regexp.MustCompile(`^dl_live_[a-z2-7]{64}$`)
	seen := map[string]bool{}
	for range 1000 {
		s := NewSecret()
		back, err := ParseSecret(s.Reveal())
		if err != nil || back != s || !form.MatchString(s.Reveal()) || seen[s.Prefix()] || seen[s.Reveal()] {
			t.Fatalf("%q, %v", s.Reveal(), err)
		}
		seen[s.Prefix()], seen[s.Reveal()] = true, true
		if len(s.Prefix()) != 16 || !strings.HasPrefix(s.Reveal(), s.Prefix()) {
			t.Fatalf("the prefix of %q is %q", s.Reveal(), s.Prefix())
		}
	}
}

// TestKnownSecret fixes the form: keys that were given out must be accepted by every later version.
func TestKnownSecret(t *testing.T) {
	b := make([]byte, randomBytes)
	for i := range b {
		b[i] = byte(i)
	}
	const want = "dl_live_aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypsaijcemsxcwcu" // by another program: base64.b32encode and zlib.crc32 of Python
	s, err := ParseSecret(want)
	if err != nil || want != secretMark+secretEncoding.EncodeToString(checksummed(b)) {
		t.Errorf("%v; the form is now %s", err, secretMark+secretEncoding.EncodeToString(checksummed(b)))
	}
	if got := fmt.Sprintf("%x", s.Hash()); got != "c257130dca0b9926c73aea1a60472d39d96a10673afc5130ad732897cc5d527c" {
		t.Errorf("the hash is %s", got)
	}
}

// TestMistypedSecret: every single wrong, missing, doubled and exchanged character is found, and told without the secret.
func TestMistypedSecret(t *testing.T) {
	good := NewSecret().Reveal()
	refuse := func(text string) {
		t.Helper()
		if text == good {
			return
		}
		s, err := ParseSecret(text)
		if news.KindOf(err) != news.Unauthenticated || s != (Secret{}) {
			t.Fatalf("%q was accepted in place of %q: %v", text, good, err)
		}
		if strings.Contains(err.Error(), good[len(secretMark):len(secretMark)+6]) {
			t.Fatalf("the error repeats the secret: %v", err)
		}
	}
	for i := range good {
		for _, c := range []byte("abcdefghijklmnopqrstuvwxyz234567018 \n=A\x00\xff") {
			refuse(good[:i] + string(c) + good[i+1:])
		}
		refuse(good[:i] + good[i+1:])
		refuse(good[:i] + good[i:i+1] + good[i:])
		if i+1 < len(good) {
			refuse(good[:i] + good[i+1:i+2] + good[i:i+1] + good[i+2:])
		}
	}
	for _, text := range []string{"", "dl_live_", "dl_test_" + good[8:], " " + good, good + "\n", good[:len(good)-2] + "\n\n", strings.ToUpper(good), good + good, "Bearer " + good} {
		refuse(text)
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	s := NewSecret()
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "key", s)
	type holder struct{ Secret Secret }
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%s %v %+v %#v %q", s, s, s, s, s), fmt.Sprintf("%+v %#v", holder{s}, &holder{s}), log.String()} {
		if strings.Contains(text, s.Reveal()[:prefixLength+1]) || !strings.Contains(text, s.Prefix()) {
			t.Errorf("%s prints as %s", s.Reveal(), text)
		}
	}
	if (Secret{}).String() != "…" {
		t.Error("the zero secret prints as", Secret{})
	}
}

func FuzzParseSecret(f *testing.F) {
	f.Add(NewSecret().Reveal())
	f.Add("dl_live_")
	f.Add("dl_live_" + strings.Repeat("a", 64))
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSecret(text)
		switch {
		case err == nil && (s.Reveal() != text || len(text) != 72 || s.Prefix() != text[:16]):
			t.Errorf("%q was read as %q", text, s.Reveal())
		case err != nil && (news.KindOf(err) != news.Unauthenticated || s != (Secret{})):
			t.Errorf("%q: %v", text, err)
		}
	})
}
