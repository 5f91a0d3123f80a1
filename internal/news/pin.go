package news

import (
	"bytes"
	"encoding/json"
	"time"
)

// Pin is an article that editors show among the related ones of another. In JSON it is the article's ref alone when
// there is nothing else to say.
type Pin struct {
	Article   Ref       `json:"article"`
	Note      string    `json:"note,omitempty"` // for readers: why the two belong together
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	// IsMutual shows the two at each other, unless one of them hides the other.
	IsMutual bool `json:"isMutual,omitempty"`
}

// Hide is an article that editors do not want among the related ones of another. In JSON it is the article's ref alone
// when there is nothing else to say.
type Hide struct {
	Article  Ref  `json:"article"`
	IsMutual bool `json:"isMutual,omitempty"` // neither is shown at the other
}

// Pins are pins of which there is nothing else to say.
func Pins(articles ...Ref) []Pin {
	pins := make([]Pin, len(articles))
	for i, a := range articles {
		pins[i].Article = a
	}
	return pins
}

// Hides are hides of which there is nothing else to say.
func Hides(articles ...Ref) []Hide {
	hides := make([]Hide, len(articles))
	for i, a := range articles {
		hides[i].Article = a
	}
	return hides
}

// The plain types have the fields without the methods.
type (
	plainPin  Pin
	plainHide Hide
)

// MarshalJSON writes the ref, or an object where there is more to say.
func (p Pin) MarshalJSON() ([]byte, error) {
	if p == (Pin{Article: p.Article}) {
		return json.Marshal(p.Article)
	}
	return json.Marshal(plainPin(p))
}

// UnmarshalJSON reads a ref or an object.
func (p *Pin) UnmarshalJSON(content []byte) error {
	*p = Pin{}
	return refOrObject(content, &p.Article, (*plainPin)(p))
}

// MarshalJSON writes the ref, or an object where there is more to say.
func (h Hide) MarshalJSON() ([]byte, error) {
	if !h.IsMutual {
		return json.Marshal(h.Article)
	}
	return json.Marshal(plainHide(h))
}

// UnmarshalJSON reads a ref or an object.
func (h *Hide) UnmarshalJSON(content []byte) error {
	*h = Hide{}
	return refOrObject(content, &h.Article, (*plainHide)(h))
}

func refOrObject(content []byte, ref *Ref, object any) error {
	if len(content) > 0 && content[0] == '"' {
		return json.Unmarshal(content, ref)
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	return d.Decode(object)
}
