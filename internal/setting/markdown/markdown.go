// Package markdown makes HTML of Markdown that colleagues wrote, so that whatever they wrote nothing is executed,
// loaded or disguised.
//
// Two doors, each enough by itself: the parser (CommonMark with tables and line breaks as typed) passes no raw HTML
// and no link of another scheme than http, https, mailto and tel; then a sanitizer lets only a list of elements without
// scripts, styles, images and forms through. Links open in a new window without handle on ours.
package markdown

import (
	"bytes"
	"fmt"
	"regexp"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

var parser = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough), goldmark.WithRendererOptions(html.WithHardWraps()))
})

var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li",
		"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr")
	p.AllowElements("th", "td")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
})

// HTML gives the text as HTML that is safe to be put into a page.
func HTML(text string) (string, error) {
	var out bytes.Buffer
	if err := parser().Convert([]byte(text), &out); err != nil {
		return "", fmt.Errorf("render markdown: %w", err)
	}
	return policy().Sanitize(out.String()), nil
}
