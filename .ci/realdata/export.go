package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"
)

const exportHead = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>The Long Archive</title>
<link>https://archive.example</link>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>https://archive.example</wp:base_site_url>
<wp:base_blog_url>https://archive.example</wp:base_blog_url>
`

// writeExport writes a WordPress export of about size bytes: posts of some 5 kB with comments and custom fields, the same
// ones each time. The words are invented, with the frequencies of a natural language.
func writeExport(w io.Writer, size int64) error {
	random := rand.New(rand.NewPCG(1, 2))
	words := rand.NewZipf(random, 1.1, 8, 60_000)
	counted := &counter{w: w}
	fmt.Fprint(counted, exportHead)
	for n := 1; counted.n < size && counted.err == nil; n++ {
		at := time.Date(2001, 1, 1, 6, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Hour)
		fmt.Fprintf(counted, `<item>
<title>%[1]s</title>
<link>https://archive.example/%[2]s/story-%[3]d/</link>
<dc:creator><![CDATA[writer-%[4]d]]></dc:creator>
<guid isPermaLink="false">https://archive.example/?p=%[3]d</guid>
<content:encoded><![CDATA[%[5]s]]></content:encoded>
<excerpt:encoded><![CDATA[]]></excerpt:encoded>
<wp:post_id>%[3]d</wp:post_id>
<wp:post_date_gmt>%[6]s</wp:post_date_gmt>
<wp:post_name>story-%[3]d</wp:post_name>
<wp:status>publish</wp:status>
<wp:post_type>post</wp:post_type>
<category domain="category" nicename="desk-%[7]d"><![CDATA[Desk %[7]d]]></category>
<category domain="post_tag" nicename="word-%[8]d"><![CDATA[Word %[8]d]]></category>
<wp:postmeta><wp:meta_key>_views</wp:meta_key><wp:meta_value><![CDATA[%[3]d]]></wp:meta_value></wp:postmeta>
<wp:comment><wp:comment_id>%[3]d</wp:comment_id><wp:comment_content><![CDATA[%[1]s]]></wp:comment_content></wp:comment>
</item>
`, sentence(words, 8), at.Format("2006/01"), n, n%150, story(words), at.Format(time.DateTime), n%30, n%2000)
	}
	fmt.Fprint(counted, "</channel>\n</rss>\n")
	return counted.err
}

func story(words *rand.Zipf) string {
	var b strings.Builder
	for b.Len() < 4500 {
		fmt.Fprintf(&b, "%s %s <em>%s</em> %s\n\n", sentence(words, 14), sentence(words, 20), sentence(words, 3), sentence(words, 17))
	}
	return b.String()
}

// sentence makes each word from its number, in syllables.
func sentence(words *rand.Zipf, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		for word := words.Uint64(); ; word /= 50 {
			b.WriteString("bdfghklmnprstvzcjwyx"[word%20 : word%20+1])
			b.WriteString("aeiou"[word%5 : word%5+1])
			if word < 50 {
				break
			}
		}
	}
	b.WriteByte('.')
	return strings.ToUpper(b.String()[:1]) + b.String()[1:]
}

type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.w.Write(p)
	c.n, c.err = c.n+int64(n), err
	return n, err
}
