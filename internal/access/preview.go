package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// A preview token shows one entry, whatever its status, to whoever has it, until it expires. It is "dl_preview_" and, in base
// 64 for addresses, the entry's id (8 bytes), the second of its end (8 bytes) and their HMAC with SHA-256 under the database's
// signing key. There is no list of tokens, so none can be revoked: they are to be short-lived.
const (
	previewMark    = "dl_preview_"
	previewPurpose = "preview"

	// PreviewHeader and PreviewParameter carry a preview token.
	PreviewHeader    = "Dateline-Preview"
	PreviewParameter = "preview"
)

// The shortest and the longest life of a preview token.
const (
	MinPreview = time.Minute
	MaxPreview = 7 * 24 * time.Hour
)

// NewPreview makes a token that shows an entry for a while, and says when it ends.
func (a *Authenticator) NewPreview(ctx context.Context, entry news.ID, life time.Duration) (token string, ends time.Time, err error) {
	if life < MinPreview || life > MaxPreview {
		return "", ends, news.Invalidf("a preview lasts from %.0f to %.0f seconds, not %.0f", MinPreview.Seconds(), MaxPreview.Seconds(), life.Seconds())
	}
	ends = a.Now().UTC().Add(life).Truncate(time.Second)
	claim := binary.BigEndian.AppendUint64(nil, uint64(entry))
	claim = binary.BigEndian.AppendUint64(claim, uint64(ends.Unix()))
	sum, err := a.previewSum(ctx, claim)
	return previewMark + base64.RawURLEncoding.EncodeToString(append(claim, sum...)), ends, err
}

func (a *Authenticator) previewSum(ctx context.Context, claim []byte) ([]byte, error) {
	key, err := a.Store.SigningKey(ctx, previewPurpose)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(claim)
	return mac.Sum(nil), nil
}

// requestPreview is the entry that the request's preview token shows; 0 without a token. The header counts before the
// parameter.
func (a *Authenticator) requestPreview(r *http.Request) (news.ID, error) {
	token := r.Header.Get(PreviewHeader)
	if token == "" && strings.Contains(r.URL.RawQuery, PreviewParameter+"=") {
		token = r.URL.Query().Get(PreviewParameter)
	}
	if token == "" {
		return 0, nil
	}
	return a.Preview(r.Context(), token)
}

// Preview is the entry that a token shows. The error is Unauthenticated when this database has not made the token, or when it
// has expired.
func (a *Authenticator) Preview(ctx context.Context, token string) (news.ID, error) {
	const claimBytes = 16
	text, marked := strings.CutPrefix(token, previewMark)
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !marked || err != nil || len(b) != claimBytes+sha256.Size {
		return 0, news.Unauthenticatedf("this is no preview token; send one as it was made, which begins with %s", previewMark)
	}
	claim := b[:claimBytes:claimBytes]
	sum, err := a.previewSum(ctx, claim)
	if err != nil {
		return 0, err
	}
	if !hmac.Equal(sum, b[claimBytes:]) {
		return 0, news.Unauthenticatedf("the preview token was not made by this site; ask the newsroom for another")
	}
	if ends := time.Unix(int64(binary.BigEndian.Uint64(claim[8:])), 0).UTC(); !a.Now().Before(ends) {
		return 0, news.Unauthenticatedf("the preview ended at %s; ask the newsroom for another", ends.Format(time.RFC3339))
	}
	return news.ID(binary.BigEndian.Uint64(claim)), nil
}
