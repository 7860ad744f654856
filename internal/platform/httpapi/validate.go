package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"yingda/internal/platform/fault"
)

// message is one of huma's validation messages with the code and words that we answer instead.
// {place} in words marks those whose first argument is the name of a property below the location.
type message struct {
	text        *string
	code, words string
}

// messages is every message of package validation; a test fails when huma gets a new one.
var messages = []message{
	{&validation.MsgUnexpectedProperty, "unknown_field", "is not a field of this request"},
	{&validation.MsgExpectedRFC3339DateTime, "format", "must be a time such as 2026-11-20T08:00:00Z (RFC 3339)"},
	{&validation.MsgExpectedRFC1123DateTime, "format", "must be a time such as Fri, 20 Nov 2026 08:00:00 GMT"},
	{&validation.MsgExpectedRFC3339Date, "format", "must be a date such as 2026-11-20"},
	{&validation.MsgExpectedRFC3339Time, "format", "must be a time of day such as 08:00:00"},
	{&validation.MsgExpectedRFC5322Email, "format", "must be an e-mail address"},
	{&validation.MsgExpectedRFC5890Hostname, "format", "must be a host name"},
	{&validation.MsgExpectedRFC2673IPv4, "format", "must be an IPv4 address"},
	{&validation.MsgExpectedRFC2373IPv6, "format", "must be an IPv6 address"},
	{&validation.MsgExpectedRFCIPAddr, "format", "must be an IP address"},
	{&validation.MsgExpectedRFC3986URI, "format", "must be a URI"},
	{&validation.MsgExpectedRFC4122UUID, "format", "must be a UUID"},
	{&validation.MsgExpectedRFC6570URITemplate, "format", "must be a URI template"},
	{&validation.MsgExpectedRFC6901JSONPointer, "format", "must be a JSON pointer"},
	{&validation.MsgExpectedRFC6901RelativeJSONPointer, "format", "must be a relative JSON pointer"},
	{&validation.MsgExpectedRegexp, "format", "must be a regular expression"},
	{&validation.MsgExpectedMatchAtLeastOneSchema, "no_match", "matches none of the accepted forms"},
	{&validation.MsgExpectedMatchExactlyOneSchema, "no_match", "matches none of the accepted forms"},
	{&validation.MsgExpectedNotMatchSchema, "excluded", "has a form that is not accepted"},
	{&validation.MsgExpectedPropertyNameInObject, "required", "must name its kind"},
	{&validation.MsgExpectedBoolean, "type", "must be true or false"},
	{&validation.MsgExpectedDuration, "format", "must be a duration such as 1h30m"},
	{&validation.MsgExpectedNumber, "type", "must be a number"},
	{&validation.MsgExpectedInteger, "type", "must be a whole number"},
	{&validation.MsgExpectedString, "type", "must be text"},
	{&validation.MsgExpectedBase64String, "format", "must be base64"},
	{&validation.MsgExpectedArray, "type", "must be a list"},
	{&validation.MsgExpectedObject, "type", "must be an object"},
	{&validation.MsgExpectedArrayItemsUnique, "duplicate", "must not hold the same item twice"},
	{&validation.MsgExpectedOneOf, "not_in_list", "must be one of %s"},
	{&validation.MsgExpectedMinimumNumber, "too_small", "must be at least %v"},
	{&validation.MsgExpectedExclusiveMinimumNumber, "too_small", "must be more than %v"},
	{&validation.MsgExpectedMaximumNumber, "too_large", "must be at most %v"},
	{&validation.MsgExpectedExclusiveMaximumNumber, "too_large", "must be less than %v"},
	{&validation.MsgExpectedNumberBeMultipleOf, "not_multiple", "must be a multiple of %v"},
	{&validation.MsgExpectedMinLength, "too_short", "must have at least %d characters"},
	{&validation.MsgExpectedMaxLength, "too_long", "must have at most %d characters"},
	{&validation.MsgExpectedBePattern, "pattern", "must be %s"},
	{&validation.MsgExpectedMatchPattern, "pattern", "must match %s"},
	{&validation.MsgExpectedMinItems, "too_few", "must have at least %d items"},
	{&validation.MsgExpectedMaxItems, "too_many", "must have at most %d items"},
	{&validation.MsgExpectedMinProperties, "too_few", "must have at least %d entries"},
	{&validation.MsgExpectedMaxProperties, "too_many", "must have at most %d entries"},
	{&validation.MsgExpectedRequiredProperty, "required", "{place}is missing"},
	{&validation.MsgExpectedDependentRequiredProperty, "required", "{place}is needed when %s is given"},
}

// plainMessages are texts that huma writes without a variable, by their beginning.
var plainMessages = []struct{ prefix, code, words string }{
	{"required ", "required", "is missing"},
	{"unknown query parameter", "unknown_parameter", "is not a parameter of this path"},
	{"invalid integer", "type", "must be a whole number"},
	{"invalid float", "type", "must be a number"},
	{"invalid boolean", "type", "must be true or false"},
	{"invalid date/time", "format", "must be a time such as 2026-11-20T08:00:00Z (RFC 3339)"},
	{"invalid value", "format", "has the wrong format"},
	{"invalid url.URL", "format", "must be a URL"},
	{"write only property", "excluded", "must not be given"},
	{"expected value to match exactly one", "no_match", "matches more than one of the accepted forms"},
}

// configureHuma sets huma's process-wide variables: our error shape, our words, exact field names, and
// lists that are never null. It must run before the first route is registered.
var configureHuma = sync.OnceFunc(func() {
	for _, m := range messages {
		place, words := "", m.words
		if rest, ok := strings.CutPrefix(words, "{place}"); ok {
			place, words = "%s", rest
		}
		*m.text = coded{m.code, place, words}.Error()
	}
	huma.ErrorFormatter = func(format string, args ...any) string {
		if !strings.Contains(format, "%") {
			return format // the argument would repeat what the caller sent
		}
		return fmt.Sprintf(format, args...)
	}
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return fromHuma("", status, msg, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return fromHuma(RequestID(ctx.Context()), status, msg, errs)
	}
})

// fromHuma turns what huma found wrong with a request into our problem.
func fromHuma(requestID string, status int, _ string, errs []error) *Problem {
	base := errInvalidRequest
	var fields []fault.Field
	for _, err := range errs {
		field, special := fieldOf(err)
		if special != nil {
			base = special
		}
		fields = append(fields, field)
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		base = errBodyTooLarge
	case status == http.StatusRequestTimeout:
		base = errBodyTimeout
	case status == http.StatusUnsupportedMediaType:
		base, fields = errContentType, nil
	case status == http.StatusBadRequest && len(errs) == 0:
		base = errBodyRequired
		fields = []fault.Field{{Location: "body", Code: "required", Message: "is missing"}}
	case status >= http.StatusInternalServerError:
		base, fields = errBodyUnreadable, nil // huma's only 500 before our handler: reading the body
	}
	return shape(base.WithFields(fields...), requestID)
}

// fieldOf names one wrong value; special is set when it is the whole body that is wrong.
func fieldOf(err error) (field fault.Field, special *fault.Fault) {
	d, ok := err.(huma.ErrorDetailer)
	if !ok {
		return fault.Field{Location: "body", Code: "invalid", Message: "is not accepted"}, nil
	}
	detail := d.ErrorDetail()
	field = fault.Field{Location: detail.Location, Code: "invalid", Message: "is not accepted"}
	if c, ok := parseCoded(detail.Message); ok {
		field.Code, field.Message = c.code, c.words
		if c.place != "" {
			field.Location += "." + c.place
		}
		switch c.code {
		case "json":
			special = errInvalidJSON
		case "nul":
			special = errNulCharacter
		}
		return field, special
	}
	for _, m := range plainMessages {
		if strings.HasPrefix(detail.Message, m.prefix) {
			field.Code, field.Message = m.code, m.words
			break
		}
	}
	return field, nil
}
