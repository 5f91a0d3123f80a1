package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/dateline-cms/dateline/internal/news"
)

// transport answers queries over HTTP as the GraphQL-over-HTTP draft says (https://graphql.github.io/graphql-over-http/).
// Unlike gqlgen's own it writes the answer without encoding the data a second time.
type transport struct {
	bodyBytes int64
}

var _ graphql.Transport = transport{}

// Media types of answers.
const (
	mediaResponse = "application/graphql-response+json"
	mediaJSON     = "application/json"
)

func (transport) Supports(r *http.Request) bool {
	return (r.Method == http.MethodPost || r.Method == http.MethodGet) && r.Header.Get("Upgrade") == ""
}

func (t transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	start := graphql.Now()
	media := answerMedia(r)
	w.Header().Add("Vary", "Accept")
	params, status, err := t.params(w, r)
	if err != nil {
		respond(w, media, status, exec.DispatchError(r.Context(), gqlerror.List{err}))
		return
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	op, errs := exec.CreateOperationContext(r.Context(), params)
	if errs != nil {
		respond(w, media, requestStatus(media, errs), exec.DispatchError(graphql.WithOperationContext(r.Context(), op), errs))
		return
	}
	if r.Method == http.MethodGet && op.Operation.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		respond(w, media, http.StatusMethodNotAllowed, exec.DispatchError(graphql.WithOperationContext(r.Context(), op),
			gqlerror.List{requestError("GET answers queries only; send a mutation by POST")}))
		return
	}
	if op.Operation.Operation == ast.Subscription {
		respond(w, media, http.StatusNotAcceptable, exec.DispatchError(graphql.WithOperationContext(r.Context(), op),
			gqlerror.List{requestError("a subscription has many answers; send it by POST with Accept: text/event-stream, or over a WebSocket")}))
		return
	}
	answer, ctx := exec.DispatchOperation(r.Context(), op)
	if response := answer(ctx); response != nil { // nil when the client has gone
		respond(w, media, http.StatusOK, response)
	}
}

// answerMedia is what the client likes best, of equals what it names first. A client that names neither gets the type
// that every client knows.
func answerMedia(r *http.Request) string {
	best, most := mediaJSON, 0.0
	for _, accepted := range strings.Split(r.Header.Get("Accept"), ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(accepted))
		if err != nil || media != mediaResponse && media != mediaJSON {
			continue
		}
		quality := 1.0
		if q, ok := params["q"]; ok {
			quality, _ = strconv.ParseFloat(q, 64) // 0, so not acceptable, when it is no number
		}
		if quality > most {
			best, most = media, quality
		}
	}
	return best
}

// requestStatus is the status of a request that was not run: 400 in the new media type; in the old one 200, as its
// clients expect, unless the document did not even parse.
func requestStatus(media string, errs gqlerror.List) int {
	if media == mediaJSON && errs[0].Extensions["code"] != "GRAPHQL_PARSE_FAILED" {
		return http.StatusOK
	}
	return http.StatusBadRequest
}

func requestError(format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": string(news.Invalid)}}
}

func (t transport) params(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, int, *gqlerror.Error) {
	if r.Method == http.MethodGet {
		return paramsOfURL(r)
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && media == mediaForm {
		return t.paramsOfForm(w, r)
	}
	if err != nil || media != mediaJSON {
		w.Header().Set("Accept-Post", mediaJSON+", "+mediaForm)
		return nil, http.StatusUnsupportedMediaType, requestError("send the request as JSON, with Content-Type: application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, t.bodyBytes))
	if err != nil {
		status, problem := bodyError(err)
		return nil, status, problem
	}
	params := &graphql.RawParams{}
	if err := decode(body, params); err != nil {
		return nil, http.StatusBadRequest, requestError(`the request is not a JSON object with "query" and, where needed, "variables": %v`, err)
	}
	return checked(params)
}

// bodyError says why the body of a request could not be read.
func bodyError(err error) (status int, _ *gqlerror.Error) {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge, requestError("the request has more than %d bytes; send a shorter document or fewer variables", tooLarge.Limit)
	}
	return http.StatusBadRequest, requestError("the request ended early: %v", err)
}

func paramsOfURL(r *http.Request) (*graphql.RawParams, int, *gqlerror.Error) {
	values := r.URL.Query()
	params := &graphql.RawParams{Query: values.Get("query"), OperationName: values.Get("operationName")}
	for name, to := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		if text := values.Get(name); text != "" {
			if err := decode([]byte(text), to); err != nil {
				return nil, http.StatusBadRequest, requestError("%s is not a JSON object: %v", name, err)
			}
		}
	}
	return checked(params)
}

func checked(params *graphql.RawParams) (*graphql.RawParams, int, *gqlerror.Error) {
	if strings.TrimSpace(params.Query) == "" {
		return nil, http.StatusBadRequest, requestError("there is no query; send one, such as { site { name } }")
	}
	return params, 0, nil
}

// decode keeps numbers as they are written, so that large integers stay exact.
func decode(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(to); err != nil {
		return err
	}
	if d.More() {
		return errors.New("there is something behind it")
	}
	return nil
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// respond writes errors, data and extensions, in the order that the GraphQL specification recommends.
func respond(w http.ResponseWriter, media string, status int, response *graphql.Response) {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	b.WriteByte('{')
	if len(response.Errors) > 0 {
		writeMember(b, "errors", response.Errors)
	}
	if response.Data != nil {
		separate(b)
		b.WriteString(`"data":`)
		b.Write(response.Data)
	}
	if len(response.Extensions) > 0 {
		writeMember(b, "extensions", response.Extensions)
	}
	b.WriteByte('}')
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

func separate(b *bytes.Buffer) {
	if b.Len() > 1 {
		b.WriteByte(',')
	}
}

func writeMember(b *bytes.Buffer, name string, value any) {
	encoded, err := json.Marshal(value)
	if err != nil {
		encoded = []byte("null") // neither errors nor explanations hold what JSON cannot
	}
	separate(b)
	b.WriteByte('"')
	b.WriteString(name)
	b.WriteString(`":`)
	b.Write(encoded)
}
