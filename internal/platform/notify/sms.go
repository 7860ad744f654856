package notify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"text/template"

	"golang.org/x/text/encoding/simplifiedchinese"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/secret"
)

// Charset is the encoding of what goes to the gateway and of what it answers.
type Charset string

// The charsets.
const (
	UTF8    Charset = "utf-8"
	GB18030 Charset = "gb18030"
)

// SMSConfig describes a gateway that takes text messages by HTTP. URL, Headers and Body are templates (text/template)
// over .To (E.164, +8613800138000), .Text, .ID (of the message) and .Token, with the functions
//
//	json      a JSON string with its quotes
//	form      escaped for a query or a form body, in Charset
//	xml       escaped for XML text
//	national  a number without +86
//	digits    a number without +
type SMSConfig struct {
	URL         string
	Method      string // default POST
	Headers     string // one "Name: value" a line
	Body        string
	ContentType string  // default application/json
	Charset     Charset // default utf-8
	Token       secret.String

	Success   string // regular expression that the answer's body must match beside a status of 2xx; empty: the status is enough
	Later     string // regular expression of an answer that asks to come back, such as a used-up quota; empty: none
	Reference string // regular expression whose first group is the gateway's own number of the message; empty: none
	// SuccessPath and SuccessValue are for JSON answers: the value at "data.status" must be "0". Empty: not asked.
	SuccessPath, SuccessValue string
}

const defaultSMSBody = `{"to":{{json .To}},"text":{{json .Text}},"id":{{json .ID}}}`

// smsValues are what the templates see.
type smsValues struct{ To, Text, ID, Token string }

// gateway hands text messages over by HTTP.
type gateway struct {
	cfg                       SMSConfig
	http                      *httpclient.Client
	url, body                 *template.Template
	headers                   []*template.Template // one a line, so that a value cannot begin another
	success, later, reference *regexp.Regexp
}

func newGateway(cfg SMSConfig, client *httpclient.Client) (*gateway, error) {
	cfg.Method = cmp.Or(cfg.Method, http.MethodPost)
	cfg.Body = cmp.Or(cfg.Body, defaultSMSBody)
	cfg.ContentType = cmp.Or(cfg.ContentType, "application/json")
	cfg.Charset = cmp.Or(cfg.Charset, UTF8)
	if cfg.Method == http.MethodGet {
		cfg.Body, cfg.ContentType = "", ""
	}
	g := &gateway{cfg: cfg, http: client}
	var f fault.Fields
	f.Check(client != nil, "sms", "required", "the HTTP client is missing")
	f.Check(cfg.Charset == UTF8 || cfg.Charset == GB18030, "sms.charset", "one_of", "is not utf-8 or gb18030")
	functions := g.functions()
	parse := func(name, text string) *template.Template {
		t, err := template.New(name).Funcs(functions).Option("missingkey=error").Parse(text)
		if err == nil {
			err = t.Execute(&bytes.Buffer{}, smsValues{To: "+8613800138000"})
		}
		if err != nil {
			f.Add("sms."+name, "template", err.Error())
		}
		return t
	}
	g.url, g.body = parse("url", cfg.URL), parse("body", cfg.Body)
	for line := range strings.Lines(cfg.Headers) {
		if line = strings.TrimSpace(line); line != "" {
			g.headers = append(g.headers, parse("headers", line))
		}
	}
	expression := func(name, text string) *regexp.Regexp {
		r, err := regexp.Compile(text)
		if err != nil {
			f.Add("sms."+name, "pattern", err.Error())
		}
		return r
	}
	g.success, g.later, g.reference = expression("success", cfg.Success), expression("later", cfg.Later), expression("reference", cfg.Reference)
	if err := f.Err("notify.bad_sms_config", "the settings of the gateway for text messages are not usable"); err != nil {
		return nil, err
	}
	return g, g.tryOut()
}

// tryOut renders a sample, so that a wrong address or header is known at the start and not by the first customer.
func (g *gateway) tryOut() error {
	_, err := g.request(letter{to: "+8613800138000", body: "样例"})
	if err != nil {
		return fault.New(fault.Invalid, "notify.bad_sms_config", "the settings of the gateway for text messages are not usable").
			WithFields(fault.Field{Location: "sms", Code: "template", Message: err.Error()})
	}
	return nil
}

func (g *gateway) functions() template.FuncMap {
	return template.FuncMap{
		"json": func(s string) (string, error) {
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			err := e.Encode(s)
			return strings.TrimSuffix(b.String(), "\n"), err
		},
		"form": func(s string) (string, error) {
			raw, err := g.encode(s)
			return url.QueryEscape(string(raw)), err
		},
		"xml":      xmlText,
		"national": func(s string) string { return strings.TrimPrefix(s, "+86") },
		"digits":   func(s string) string { return strings.TrimPrefix(s, "+") },
	}
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;")

func xmlText(s string) string { return xmlEscaper.Replace(s) }

func (g *gateway) encode(s string) ([]byte, error) {
	if g.cfg.Charset == GB18030 {
		return simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	}
	return []byte(s), nil
}

func (g *gateway) decode(b []byte) string {
	if g.cfg.Charset == GB18030 {
		if text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b); err == nil {
			return string(text)
		}
	}
	return string(b)
}

func (g *gateway) request(l letter) (httpclient.Request, error) {
	v := smsValues{To: l.to, Text: l.body, ID: l.id.String(), Token: g.cfg.Token.Reveal()}
	r := httpclient.Request{Method: g.cfg.Method, Header: http.Header{}}
	render := func(t *template.Template) (string, error) {
		var b strings.Builder
		err := t.Execute(&b, v)
		return b.String(), err
	}
	address, err := render(g.url)
	if err != nil {
		return r, err
	}
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return r, errors.New("the rendered address is not an http or https address")
	}
	r.URL = address
	if g.cfg.ContentType != "" {
		r.Header.Set("Content-Type", contentType(g.cfg.ContentType, g.cfg.Charset))
	}
	for _, t := range g.headers {
		line, err := render(t)
		if err != nil {
			return r, err
		}
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok || !headerName(name) || !clean(value, "\t") {
			return r, errors.New("a rendered header is not of the form \"Name: value\"")
		}
		r.Header.Set(name, value)
	}
	body, err := render(g.body)
	if err != nil {
		return r, err
	}
	r.Body, err = g.encode(body)
	return r, err
}

// headerName reports an RFC 9110 token.
func headerName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

func contentType(t string, c Charset) string {
	if strings.Contains(t, "charset") {
		return t
	}
	return t + "; charset=" + string(c)
}

func (g *gateway) send(ctx context.Context, l letter) outcome {
	r, err := g.request(l)
	if err != nil {
		return outcome{result: permanent, code: codeRefused, words: "the request to the gateway cannot be written: " + err.Error()}
	}
	resp, err := g.http.Do(ctx, r)
	if err != nil {
		return g.lost(err)
	}
	return g.judge(resp)
}

// lost sorts a call without an answer: only when the gateway certainly has not seen it may it go again.
func (g *gateway) lost(err error) outcome {
	o := outcome{result: uncertain, code: codeUnknown, words: "the gateway's answer was lost: " + safe(err)}
	if httpclient.NotSent(err) {
		o = outcome{result: temporary, code: codeUnreachable, words: safe(err)}
		if fault.KindOf(err) == fault.Denied || fault.KindOf(err) == fault.Invalid {
			o.result, o.code = permanent, codeRefused // an internal address that nobody allowed stays one
		}
	}
	return o
}

// safe gives the words of a fault that may be shown; the cause names addresses.
func safe(err error) string {
	if f, ok := fault.As(err); ok {
		return f.Message
	}
	return "the call ended early"
}

// judge sorts an answer. A status of 504 is a gateway's gateway that waited in vain: the message may be on its way.
// Other 5xx and 429 are the gateway's own word that it did not take the message.
func (g *gateway) judge(resp *httpclient.Response) outcome {
	text := g.decode(resp.Body)
	words := fmt.Sprintf("%d %s", resp.Status, text)
	switch {
	case resp.Status == http.StatusGatewayTimeout:
		return outcome{result: uncertain, code: codeUnknown, words: words}
	case resp.Status == http.StatusTooManyRequests, resp.Status >= 500:
		return outcome{result: temporary, code: codeBusy, words: words}
	case !resp.OK():
		return outcome{result: permanent, code: codeRefused, words: words}
	case g.cfg.Later != "" && g.later.MatchString(text):
		return outcome{result: temporary, code: codeBusy, words: words}
	case !g.success.MatchString(text), !g.valueFits(resp.Body):
		return outcome{result: permanent, code: codeRefused, words: words}
	}
	o := outcome{result: delivered}
	if found := g.reference.FindStringSubmatch(text); len(found) > 1 {
		o.reference = found[1]
	}
	return o
}

func (g *gateway) valueFits(body []byte) bool {
	if g.cfg.SuccessPath == "" {
		return true
	}
	d := json.NewDecoder(strings.NewReader(g.decode(body)))
	d.UseNumber()
	var at any
	if d.Decode(&at) != nil {
		return false
	}
	for part := range strings.SplitSeq(g.cfg.SuccessPath, ".") {
		object, ok := at.(map[string]any)
		if !ok {
			return false
		}
		if at, ok = object[part]; !ok {
			return false
		}
	}
	return fmt.Sprint(at) == g.cfg.SuccessValue
}
