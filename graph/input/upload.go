package input

import (
	"io"

	"github.com/dateline-cms/dateline/internal/news"
)

// Upload is a file that came with a request; the transport puts it into the variables.
type Upload struct{ Data []byte }

// UnmarshalGQL takes what the transport has put in the place of the file.
func (u *Upload) UnmarshalGQL(v any) error {
	file, ok := v.(Upload)
	if !ok {
		return news.Invalidf("a file comes as a part of a multipart/form-data request, and this is text; see https://github.com/jaydenseric/graphql-multipart-request-spec")
	}
	*u = file
	return nil
}

// MarshalGQL writes nothing of the file: no field answers with one, and gqlgen asks for the method all the same.
func (u Upload) MarshalGQL(w io.Writer) { io.WriteString(w, "null") }
