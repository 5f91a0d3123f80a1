package graph

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/dateline-cms/dateline/graph/input"
	"github.com/dateline-cms/dateline/internal/media"
	"github.com/dateline-cms/dateline/internal/news"
)

// mediaForm is the media type of requests with files.
const mediaForm = "multipart/form-data"

// uploadTimeout is how long a request with files may take to arrive: 32 MB at 1 Mbit/s.
const uploadTimeout = 5 * time.Minute

// paramsOfForm reads a request with files (https://github.com/jaydenseric/graphql-multipart-request-spec). gqlgen's own
// transport for them keeps whatever anybody sends, has its own limits and errors, and panics where a map leads nowhere.
//
// A page of another origin may send a form without asking first. It gains nothing: only callers who may edit get as far as
// here, and what says so, the Authorization header, is never sent by a browser of its own accord.
func (t transport) paramsOfForm(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, int, *gqlerror.Error) {
	if _, err := requires(r.Context(), news.ScopeContentEdit); err != nil {
		status := http.StatusForbidden
		if news.KindOf(err) == news.Unauthenticated {
			status = http.StatusUnauthorized
		}
		return nil, status, gqlerror.Wrap(err)
	}
	control := http.NewResponseController(w) // the server's timeouts are for small requests
	control.SetReadDeadline(time.Now().Add(uploadTimeout))
	control.SetWriteDeadline(time.Now().Add(2 * uploadTimeout))
	r.Body = http.MaxBytesReader(w, r.Body, t.bodyBytes+media.MaxBytes)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, http.StatusBadRequest, requestError("the form cannot be read: %v", err)
	}
	params, err := t.readForm(form)
	tooLarge, isTooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case isTooLarge && tooLarge.Limit == t.bodyBytes: // the document or its variables
		status, problem := bodyError(err)
		return nil, status, problem
	case isTooLarge:
		return nil, http.StatusRequestEntityTooLarge, requestError("the request has more than %d bytes; send one file at a time, of at most %d MB", tooLarge.Limit, media.MaxBytes>>20)
	case err != nil:
		return nil, http.StatusBadRequest, requestError("%v", err)
	}
	return checked(params)
}

// readForm reads the operation, the map and the files, which come in this order.
func (t transport) readForm(form *multipart.Reader) (*graphql.RawParams, error) {
	params := &graphql.RawParams{}
	if err := t.jsonPart(form, "operations", params); err != nil {
		return nil, err
	}
	var places map[string][]string
	if err := t.jsonPart(form, "map", &places); err != nil {
		return nil, err
	}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the form ended early: %w", err)
		}
		name := part.FormName()
		paths, ok := places[name]
		if !ok {
			return nil, fmt.Errorf("the map does not say where the part %q belongs, or it is there twice", name)
		}
		delete(places, name)
		file := input.Upload{}
		if file.Data, err = io.ReadAll(part); err != nil {
			return nil, fmt.Errorf("the part %q ended early: %w", name, err)
		}
		for _, path := range paths {
			if !put(params, strings.Split(path, "."), file) {
				return nil, fmt.Errorf("the map leads to %q, where the operation has no null for a file", path)
			}
		}
	}
	for name := range places {
		return nil, fmt.Errorf("the map names the part %q, which is missing", name)
	}
	return params, nil
}

// jsonPart reads the next part of a form, which is bounded as requests without files are.
func (t transport) jsonPart(form *multipart.Reader, name string, to any) error {
	part, err := form.NextPart()
	if err != nil {
		return fmt.Errorf("the part %q is missing: %w", name, err)
	}
	if part.FormName() != name {
		return fmt.Errorf("the part %q comes where %q should; send operations, map and then the files", part.FormName(), name)
	}
	text, err := io.ReadAll(http.MaxBytesReader(nil, part, t.bodyBytes))
	if err != nil {
		return fmt.Errorf("the part %q ended early: %w", name, err)
	}
	if err := decode(text, to); err != nil {
		return fmt.Errorf("the part %q is not what it should be in JSON: %w", name, err)
	}
	return nil
}

// put sets the null at a path of the variables, and says whether there was one.
func put(params *graphql.RawParams, path []string, file input.Upload) bool {
	if path[0] != "variables" || len(path) < 2 {
		return false
	}
	var at any = params.Variables
	for _, step := range path[1 : len(path)-1] {
		at = below(at, step)
	}
	last := path[len(path)-1]
	switch at := at.(type) {
	case map[string]any:
		if v, ok := at[last]; ok && v == nil {
			at[last] = file
			return true
		}
	case []any:
		if i, err := strconv.Atoi(last); err == nil && i >= 0 && i < len(at) && at[i] == nil {
			at[i] = file
			return true
		}
	}
	return false
}

// below is what a value has under a name or an index; nil where there is nothing.
func below(v any, step string) any {
	switch v := v.(type) {
	case map[string]any:
		return v[step]
	case []any:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(v) {
			return v[i]
		}
	}
	return nil
}
