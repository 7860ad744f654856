package markdown_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"yingda/internal/platform/hostile"
	"yingda/internal/setting/markdown"
)

func TestOrdinaryTextKeepsItsForm(t *testing.T) {
	t.Parallel()
	got, err := markdown.HTML("# 工号\n\n**8 位**,第一行\n第二行\n\n- 一\n- 二\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n\n[规范](https://example.com/a?b=1&c=2)")
	require.NoError(t, err)
	for _, want := range []string{"<h1>工号</h1>", "<strong>8 位</strong>", "第一行<br", "<li>一</li>", "<table>", `href="https://example.com/a?b=1&amp;c=2"`, `target="_blank"`, "noopener"} {
		require.Contains(t, got, want)
	}
}

// Whatever is written, the browser finds nothing but elements of the list, no handler and no address that runs.
func TestNothingHostileIsLeft(t *testing.T) {
	t.Parallel()
	attempts := append(hostile.Strings(),
		`<img src=x onerror=alert(1)>`, `[a](javascript:alert(1))`, `[a](java&#115;cript:alert(1))`, `<javascript:alert(1)>`, `![a](https://example.com/pixel.png)`,
		`[a](data:text/html;base64,PHNjcmlwdD4=)`, "[a]: vbscript:x\n\n[a]", `<a href="https://example.com" onclick="x()">a</a>`, `<style>*{display:none}</style>`,
		"```\n<script>alert(1)</script>\n```", `<iframe src="https://example.com"></iframe>`, `| <svg/onload=alert(1)> |`+"\n|--|", `<form action="/api"><input name=x></form>`)
	for _, s := range attempts {
		for _, text := range []string{s, "**" + s + "**", "- " + s, "[" + s + "](" + s + ")", "| " + s + " |\n|---|\n| " + s + " |"} {
			got, err := markdown.HTML(text)
			require.NoError(t, err)
			inspect(t, got)
		}
	}
}

var allowed = " p br hr strong em del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tr th td a "

func inspect(t *testing.T, document string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(document))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		require.NotEqual(t, html.CommentToken, kind, document)
		require.NotEqual(t, html.DoctypeToken, kind, document)
		token := z.Token()
		if kind == html.TextToken {
			continue
		}
		require.Contains(t, allowed, " "+token.Data+" ", document)
		for _, a := range token.Attr {
			require.Contains(t, []string{"href", "rel", "target", "align", "start"}, a.Key, document)
			if a.Key == "href" {
				scheme, _, found := strings.Cut(strings.ToLower(strings.TrimSpace(a.Val)), ":")
				require.True(t, !found || strings.ContainsAny(scheme, "/?#") || strings.Contains(" http https mailto tel ", " "+scheme+" "), document)
			}
		}
	}
}

func ExampleHTML() {
	text, err := markdown.HTML("请先**核对**工号。<script>alert(1)</script>")
	fmt.Println(text, err)
	// Output: <p>请先<strong>核对</strong>工号。alert(1)</p>
	//  <nil>
}
