package news

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The issues with texts and pictures.
const (
	IssueFillerText       ContentIssueCode = "FILLER_TEXT"        // text that only filled a layout, or a template's leftovers
	IssueMissingAltText   ContentIssueCode = "MISSING_ALT_TEXT"   // a picture that nobody described
	IssueEncodingDamage   ContentIssueCode = "ENCODING_DAMAGE"    // letters that were lost or changed between encodings
	IssueDuplicateText    ContentIssueCode = "DUPLICATE_TEXT"     // the same text twice
	IssueDeadInternalLink ContentIssueCode = "DEAD_INTERNAL_LINK" // a link to a page of this site that does not exist
	IssueEmptyField       ContentIssueCode = "EMPTY_FIELD"        // nothing where readers expect something
)

// FieldIssue is an issue with the field that it is about.
type FieldIssue struct {
	ContentIssue
	Path       []string   // into the entry, such as "leadImage", "altText"
	Duplicates []*Article // of nearly the same text
}

// Copy is what readers are given of an entry, as far as its [Copy.Issues] can be told from itself. A field that an entry
// does not have stays empty.
type Copy struct {
	Title, Standfirst, Summary string
	Body                       Body   // sanitised; Text alone will do where there is no HTML
	LeadImage                  *Image // nil when there is none
	Locale                     Locale // empty when unknown

	// What title, body and leadImage are called where they have other names.
	TitleField, BodyField, ImageField string
	IsBrief                           bool // readers expect no body
}

func (c *Copy) titleField() string { return cmp.Or(c.TitleField, "title") }
func (c *Copy) bodyField() string  { return cmp.Or(c.BodyField, "body") }

// Issues lists what an editor should look at, field by field in the order of the page; empty when nothing was found. The
// same is found in every locale.
func (c *Copy) Issues() []FieldIssue {
	var found []FieldIssue
	passages := c.passages()
	if strings.TrimSpace(c.Title) == "" {
		found = append(found, fieldIssue(IssueEmptyField, SeverityError, "the "+c.titleField()+" is empty; write one", c.titleField()))
	}
	for _, field := range []struct{ name, text string }{{c.titleField(), c.Title}, {"standfirst", c.Standfirst}, {"summary", c.Summary}} {
		found = append(found, textIssues(field.name, true, []passage{{text: field.text}})...)
	}
	found = append(found, c.imageIssues()...)
	if !c.IsBrief && c.isEmpty(passages) {
		found = append(found, fieldIssue(IssueEmptyField, SeverityWarning,
			"the "+c.bodyField()+" has no text and nothing to see or hear; write it, or delete the entry", c.bodyField()))
	}
	found = append(found, textIssues(c.bodyField(), false, passages)...)
	found = append(found, altIssues(c.bodyField(), string(c.Body.HTML))...)
	return append(found, repetitions(c.bodyField(), passages)...)
}

func fieldIssue(code ContentIssueCode, severity IssueSeverity, message string, path ...string) FieldIssue {
	return FieldIssue{ContentIssue: ContentIssue{code, severity, message}, Path: path}
}

// textIssues are the issues of a field's wording.
func textIssues(field string, isLine bool, passages []passage) (found []FieldIssue) {
	if f := findFiller(passages, isLine); f != nil {
		found = append(found, fieldIssue(IssueFillerText, f.severity, fmt.Sprintf("the %s holds %s: %s; %s",
			field, f.what, quoted(f.passage), f.remedy), field))
	}
	if what, remedy := findDamage(passages); what != "" {
		found = append(found, fieldIssue(IssueEncodingDamage, SeverityError, fmt.Sprintf("the %s holds %s; %s", field, what, remedy), field))
	}
	return found
}

func (c *Copy) imageIssues() []FieldIssue {
	if c.LeadImage == nil {
		return nil
	}
	path, name := []string{cmp.Or(c.ImageField, "leadImage"), "altText"}, "lead image"
	if c.ImageField != "" {
		name = c.ImageField
	}
	if alt := c.LeadImage.AltText; alt == nil {
		return []FieldIssue{fieldIssue(IssueMissingAltText, SeverityWarning,
			"the "+name+" has no alternative text; describe what it shows, or leave the text empty if it only decorates", path...)}
	} else if f := findFiller([]passage{{text: *alt}}, true); f != nil {
		return []FieldIssue{fieldIssue(IssueFillerText, f.severity, fmt.Sprintf("the alternative text of the %s holds %s: %s; %s",
			name, f.what, quoted(f.passage), f.remedy), path...)}
	}
	return nil
}

// altIssues says which pictures of a body nobody described. An empty text says that a picture decorates.
func altIssues(field, body string) []FieldIssue {
	var names []string
	for tag := range tags(body) {
		if tag.name != "img" || slices.ContainsFunc(tag.attrs, func(a [2]string) bool { return a[0] == "alt" }) {
			continue
		}
		names = append(names, fileName(tag.attr("src")))
	}
	if len(names) == 0 {
		return nil
	}
	message := fmt.Sprintf("the picture %s in the %s has no alternative text; describe what it shows, or give it an empty one if it only decorates", names[0], field)
	if n := len(names); n > 1 {
		message = fmt.Sprintf("%d pictures in the %s have no alternative text, the first is %s; describe what they show, or give them an empty one if they only decorate", n, field, names[0])
	}
	return []FieldIssue{fieldIssue(IssueMissingAltText, SeverityWarning, message, field)}
}

// fileName is the last part of an address.
func fileName(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return strconv.Quote(address[strings.LastIndexByte(address, '/')+1:])
}

func (c *Copy) isEmpty(passages []passage) bool {
	if len(passages) > 0 {
		return false
	}
	for tag := range tags(string(c.Body.HTML)) {
		if slices.Contains([]string{"img", "video", "audio", "hr", "pre"}, tag.name) {
			return false
		}
	}
	return true
}

// quoted is the beginning of a passage for a message.
func quoted(text string) string {
	const most = 60
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		text = strings.TrimRight(string(r[:most]), " ") + "…"
	}
	return "“" + text + "”"
}
