package notify_test

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/notify"
)

func TestTextMessagesReachTheGatewayInItsOwnForm(t *testing.T) {
	t.Parallel()
	text := "您好\"李雷\" & 韩梅梅：验证码 482913。\n𠮷野家 <退订回T>"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*notify.SMSConfig)
		check  func(t *testing.T, r smsRequest)
	}{
		"json": {func(*notify.SMSConfig) {}, func(t *testing.T, r smsRequest) {
			require.Equal(t, "POST", r.method)
			require.Equal(t, "application/json; charset=utf-8", r.header.Get("Content-Type"))
			require.Equal(t, "Bearer geheim-token", r.header.Get("Authorization"))
			require.Contains(t, r.body, `"to":"+8613800138000","text":"您好\"李雷\" & 韩梅梅：验证码 482913。\n𠮷野家 <退订回T>"`)
		}},
		"form in GB18030": {func(c *notify.SMSConfig) {
			c.Charset, c.ContentType = notify.GB18030, "application/x-www-form-urlencoded"
			c.Body = `mobile={{form (national .To)}}&content={{form .Text}}`
		}, func(t *testing.T, r smsRequest) {
			v, err := url.ParseQuery(r.body)
			require.NoError(t, err)
			require.Equal(t, "13800138000", v.Get("mobile"))
			require.Equal(t, gb, v.Get("content"))
			require.Contains(t, r.header.Get("Content-Type"), "charset=gb18030")
		}},
		"xml in GB18030": {func(c *notify.SMSConfig) {
			c.Charset, c.ContentType = notify.GB18030, "text/xml"
			c.Body = `<sms to="{{digits .To}}">{{xml .Text}}</sms>`
		}, func(t *testing.T, r smsRequest) {
			body, err := simplifiedchinese.GB18030.NewDecoder().String(r.body)
			require.NoError(t, err)
			require.Equal(t, `<sms to="8613800138000">您好&quot;李雷&quot; &amp; 韩梅梅：验证码 482913。`+"\n"+`𠮷野家 &lt;退订回T&gt;</sms>`, body)
		}},
		"get": {func(c *notify.SMSConfig) {
			c.Method = "GET"
			c.URL += `?to={{form .To}}&text={{form .Text}}&key={{form .Token}}`
		}, func(t *testing.T, r smsRequest) {
			v, err := url.ParseQuery(r.query)
			require.NoError(t, err)
			require.Equal(t, text, v.Get("text"))
			require.Equal(t, "+8613800138000", v.Get("to"))
			require.Equal(t, "geheim-token", v.Get("key"))
			require.Empty(t, r.body)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startSMSServer(t)
			cfg := server.config()
			c.change(cfg)
			b := setup(t, nil, cfg)
			m := textTo("１３８-0013-8000")
			m.Body = text
			id := b.send(t, m)
			require.NoError(t, b.Process(t.Context(), id))
			require.Equal(t, notify.Sent, b.item(t, id).State, b.item(t, id).Error)
			seen := server.seen()
			require.Len(t, seen, 1)
			c.check(t, seen[0])
		})
	}
}

func TestAnswersDecideWhatBecomesOfATextMessage(t *testing.T) {
	t.Parallel()
	say := func(status int, body string) func(http.ResponseWriter, int) {
		return func(w http.ResponseWriter, _ int) { w.WriteHeader(status); _, _ = w.Write([]byte(body)) }
	}
	gbFailed, err := simplifiedchinese.GB18030.NewEncoder().String(`{"code":7,"msg":"余额不足 13800138000"}`)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*notify.SMSConfig)
		answer func(http.ResponseWriter, int)
		state  notify.State
		code   string
		words  string
	}{
		"200":                {nil, say(200, ""), notify.Sent, "", ""},
		"200 and matches":    {func(c *notify.SMSConfig) { c.Success = `"code":\s*0\b` }, say(200, `{"code": 0}`), notify.Sent, "", ""},
		"200 but says no":    {func(c *notify.SMSConfig) { c.Success = `"code":\s*0\b` }, say(200, `{"code": 3, "to":"+8613800138000"}`), notify.Failed, "notify.refused", `200 {"code": 3, "to":"***"}`},
		"GB18030 answer":     {func(c *notify.SMSConfig) { c.Charset, c.Success = notify.GB18030, `"code":0` }, say(200, gbFailed), notify.Failed, "notify.refused", `200 {"code":7,"msg":"余额不足 ***"}`},
		"json value":         {func(c *notify.SMSConfig) { c.SuccessPath, c.SuccessValue = "data.status", "0" }, say(200, `{"data":{"status":0}}`), notify.Sent, "", ""},
		"json value differs": {func(c *notify.SMSConfig) { c.SuccessPath, c.SuccessValue = "data.status", "0" }, say(200, `{"data":{"status":"1"}}`), notify.Failed, "notify.refused", `200 {"data":{"status":"1"}}`},
		"json value absent":  {func(c *notify.SMSConfig) { c.SuccessPath, c.SuccessValue = "data.status", "0" }, say(200, `[]`), notify.Failed, "notify.refused", `200 []`},
		"asks to come back":  {func(c *notify.SMSConfig) { c.Later = `limit` }, say(200, `rate limit`), notify.Queued, "notify.busy", "200 rate limit"},
		"429":                {nil, say(429, "slow"), notify.Queued, "notify.busy", "429 slow"},
		"500":                {nil, say(500, "oops"), notify.Queued, "notify.busy", "500 oops"},
		"503":                {nil, say(503, ""), notify.Queued, "notify.busy", "503"},
		"504: nobody knows":  {nil, say(504, ""), notify.Unknown, "notify.outcome_unknown", "504"},
		"400":                {nil, say(400, "bad\x1b[31m number"), notify.Failed, "notify.refused", "400 bad [31m number"},
		"302":                {nil, say(302, ""), notify.Failed, "notify.refused", "302"},
		"answer lost":        {nil, func(http.ResponseWriter, int) { panic(http.ErrAbortHandler) }, notify.Unknown, "notify.outcome_unknown", "the gateway's answer was lost: the other side's answer could not be read"},
		"endless answer":     {nil, func(w http.ResponseWriter, _ int) { _, _ = w.Write(make([]byte, 2<<20)) }, notify.Unknown, "notify.outcome_unknown", "the gateway's answer was lost: the other side's answer is too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startSMSServer(t)
			server.answerWith(c.answer)
			cfg := server.config()
			if c.change != nil {
				c.change(cfg)
			}
			b := setup(t, nil, cfg)
			id := b.send(t, textTo("13800138000"))
			if err := b.Process(t.Context(), id); err != nil {
				snoozed(t, err)
			}
			i := b.item(t, id)
			require.Equal(t, c.state, i.State, i.Error)
			require.Equal(t, c.code, i.ErrorCode)
			require.Equal(t, c.words, i.Error)
			if c.state == notify.Unknown {
				require.NoError(t, b.Process(t.Context(), id))
				require.Len(t, server.seen(), 1, "never blindly repeated")
				require.Contains(t, b.events(t)[0], `"state":"unknown"`)
				found := b.Health().Check(t.Context())
				require.Equal(t, "notify.unknown", found[len(found)-1].Warning.Code)
			}
		})
	}
}

func TestTheGatewaysReferenceIsKept(t *testing.T) {
	t.Parallel()
	server := startSMSServer(t)
	server.answerWith(func(w http.ResponseWriter, _ int) { _, _ = w.Write([]byte(`{"msgid":"A-77"}`)) })
	cfg := server.config()
	cfg.Reference = `"msgid":"([^"]+)"`
	b := setup(t, nil, cfg)
	id := b.send(t, textTo("13800138000"))
	require.NoError(t, b.Process(t.Context(), id))
	var reference string
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT provider_reference FROM notify.message WHERE id = $1`, id).Scan(&reference))
	require.Equal(t, "A-77", reference)
}

func TestAGatewayThatWasNotReachedGetsTheMessageLater(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	b := setup(t, nil, &notify.SMSConfig{URL: "http://" + address})
	id := b.send(t, textTo("13800138000"))
	for b.item(t, id).State == notify.Queued {
		if err := b.Process(t.Context(), id); err != nil {
			b.clock.Advance(snoozed(t, err))
		}
	}
	i := b.item(t, id)
	require.Equal(t, notify.Failed, i.State)
	require.Equal(t, "notify.unreachable", i.ErrorCode)
	require.LessOrEqual(t, b.clock.Now().Sub(i.CreatedAt).Minutes(), 60.0, "an hour, not a day: a code from this morning helps nobody")
}

func TestAnInternalGatewayMustBeAllowed(t *testing.T) {
	t.Parallel()
	server := startSMSServer(t)
	b := setup(t, nil, nil)
	strict := httpclient.New(httpclient.Config{Name: "sms"})
	t.Cleanup(strict.Close)
	s, err := notify.New(notify.Config{Pool: b.pool, Ring: b.ring, Clock: b.clock, SMS: server.config(), HTTP: strict})
	require.NoError(t, err)
	id := b.send(t, textTo("13800138000"))
	require.NoError(t, s.Process(t.Context(), id))
	require.Equal(t, notify.Failed, b.item(t, id).State)
	require.Contains(t, b.item(t, id).Error, "internal or reserved network")
	require.Empty(t, server.seen())
}

func TestGatewaySettingsAreTriedAtTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]notify.SMSConfig{
		"unknown value":  {URL: "http://sms.example/", Body: "{{.Phone}}"},
		"broken":         {URL: "http://sms.example/", Body: "{{.To"},
		"no address":     {URL: "{{.To}}"},
		"bad header":     {URL: "http://sms.example/", Headers: "no colon"},
		"header injects": {URL: "http://sms.example/", Headers: "X-Text: {{.To}}\x00"},
		"bad pattern":    {URL: "http://sms.example/", Success: "("},
		"bad charset":    {URL: "http://sms.example/", Charset: "big5"},
	} {
		_, err := notify.New(notify.Config{SMS: &c, HTTP: newHTTP(t)})
		f, ok := fault.As(err)
		require.True(t, ok, name)
		require.Equal(t, "notify.bad_sms_config", f.Code, name)
		require.NotEmpty(t, f.Fields, name)
	}
	_, err := notify.New(notify.Config{SMS: &notify.SMSConfig{URL: "http://sms.example/"}})
	require.Error(t, err, "no HTTP client")
}

func TestATextCannotBecomeAHeader(t *testing.T) {
	t.Parallel()
	server := startSMSServer(t)
	cfg := server.config()
	cfg.Headers = "X-Text: {{.Text}}"
	b := setup(t, nil, cfg)
	m := textTo("13800138000")
	m.Body = "one\nX-Evil: yes"
	id := b.send(t, m)
	require.NoError(t, b.Process(t.Context(), id))
	for _, r := range server.seen() {
		require.Empty(t, r.header.Get("X-Evil"))
	}
	require.Equal(t, notify.Failed, b.item(t, id).State)
}

func splitLines(s string) []string { return strings.Split(strings.TrimSpace(s), "\n") }
