package news

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// InternalLinks lists the paths of this site that a body links to, each once, in the order of the text. A link is internal
// when it is relative to the page at the path from, or leads to the site's host, with or without "www." and by http or
// https. Queries and fragments are cut off, links within the page left out, and so are files such as pictures and PDFs,
// which are no entries. The paths are percent-encoded as in the body; they still have to be brought into the form in which
// paths are stored. An empty site has no host: only relative links are internal then.
func InternalLinks(body HTML, site URL, from Path) []Path {
	home, err := url.Parse(string(site))
	if err != nil {
		home = &url.URL{}
	}
	page := &url.URL{Path: "/"}
	if u, err := url.Parse(string(from)); err == nil && strings.HasPrefix(u.Path, "/") {
		page = u
	}
	var paths []Path
	for t := range tags(string(body)) {
		if t.name != "a" {
			continue
		}
		if p := internalPath(t.attr("href"), home, page); p != "" && !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	return paths
}

// internalPath is the path on this site that a link leads to, or "".
func internalPath(href string, home, page *url.URL) Path {
	u, err := url.Parse(href)
	if err != nil || href == "" || u.Path == "" && u.Host == "" || u.Opaque != "" {
		return ""
	}
	if u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" || u.Host != "" && !isHost(u, home) {
		return ""
	}
	u.Scheme, u.Host, u.User = "", "", nil
	if u.Path == "" {
		u.Path = "/"
	}
	u = page.ResolveReference(u)
	switch strings.ToLower(path.Ext(u.Path)) {
	case "", ".html", ".htm", ".php", ".asp", ".aspx", ".jsp":
		return Path(u.EscapedPath())
	}
	if len(path.Ext(u.Path)) > 6 || strings.HasSuffix(u.Path, "/") {
		return Path(u.EscapedPath()) // a full stop in a title
	}
	return ""
}

func isHost(u, home *url.URL) bool {
	name := func(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Host), "www.") }
	return home.Host != "" && name(u) == name(home)
}

// DeadInternalLinks is the issue of a field whose links lead to these paths, where nothing is; nil when there are none.
func DeadInternalLinks(field string, dead []Path) *FieldIssue {
	if len(dead) == 0 {
		return nil
	}
	message := fmt.Sprintf("the %s links to %s, where this site has nothing; correct the link or remove it", field, dead[0])
	if n := len(dead); n > 1 {
		message = fmt.Sprintf("the %s links to %d paths where this site has nothing: %s; correct the links or remove them", field, n, listed(dead))
	}
	issue := fieldIssue(IssueDeadInternalLink, SeverityWarning, message, field)
	return &issue
}

// listed names the first few paths.
func listed(paths []Path) string {
	const most = 5
	var words []string
	for _, p := range paths[:min(most, len(paths))] {
		words = append(words, string(p))
	}
	if len(paths) > most {
		words = append(words, "…")
	}
	return strings.Join(words, ", ")
}
