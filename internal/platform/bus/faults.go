package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"yingda/internal/platform/fault"
)

// Faults that callers branch on; test with errors.Is.
var (
	// ErrRevision: somebody else wrote the key first. Read it again and decide anew.
	ErrRevision = fault.New(fault.Conflict, "bus.revision", "the entry was changed by someone else")
	// ErrKeyExists: Create found the key.
	ErrKeyExists = fault.New(fault.Conflict, "bus.key_exists", "the entry exists")
	// ErrNoKey: the key was never written, was deleted, or its time is over.
	ErrNoKey = fault.New(fault.NotFound, "bus.no_key", "there is no such entry")
	// ErrNoResponder: nobody answers to this subject.
	ErrNoResponder = fault.New(fault.Unavailable, "bus.no_responder", "no part of the system answers to this request now")
	// ErrAway: the bus is not connected. Whether a request under way was done is unknown.
	ErrAway = fault.New(fault.Unavailable, "bus.away", "the message bus is not connected")
	// ErrTimeout: no answer before the context's deadline. Whether it was done is unknown.
	ErrTimeout = fault.New(fault.Unavailable, "bus.timeout", "the message bus did not answer in time")
	// ErrStreamFull: the stream has reached its size and may not drop what is old.
	ErrStreamFull = fault.New(fault.Limit, "bus.stream_full", "the stream is full")
	// ErrTooLarge: the message is larger than the server takes (1 MiB by default).
	ErrTooLarge = fault.New(fault.Limit, "bus.too_large", "the message is too large")
	// ErrStore: JetStream cannot store now.
	ErrStore = fault.New(fault.Unavailable, "bus.store_unavailable", "the message bus cannot store now")
)

// Errors of the server by number (nats-server, server/errors.json) that the client library does not name.
const (
	codeNotAvailable     = 10008
	codeNotLeader        = 10009
	codeNoResources      = 10023
	codeNoMemory         = 10028
	codeNoStorage        = 10047
	codeStoreFailed      = 10077
	codeReplicas         = 10074
	codeInvalidConfig    = 10052
	codeSubjectOverlap   = 10065
	codeBytesOverAccount = 10122
)

// away lists what the client library says when there is no usable connection.
var away = []error{
	errLost, nats.ErrConnectionClosed, nats.ErrConnectionDraining, nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded,
	nats.ErrDisconnected, nats.ErrNoServers, nats.ErrStaleConnection, nats.ErrInvalidConnection, jetstream.ErrConnectionClosed,
}

// explain turns an error of the client library into a fault and says what was being done. ctx is the caller's: its own
// cancellation is passed on as it is.
func explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if f, ok := fault.As(err); ok {
		return fmt.Errorf("%s: %w", doing, f)
	}
	if errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	}
	if f := classify(err); f != nil {
		return fmt.Errorf("%s: %w", doing, f.WithCause(err))
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func classify(err error) *fault.Fault {
	for _, a := range away {
		if errors.Is(err, a) {
			return ErrAway
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return ErrTimeout
	case errors.Is(err, context.Canceled): // not by the caller, so the connection was lost under the request
		return ErrAway
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrKeyDeleted):
		return ErrNoKey
	case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, jetstream.ErrStreamNotFound),
		errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return ErrStore
	case errors.Is(err, nats.ErrNoResponders):
		return ErrNoResponder
	case errors.Is(err, nats.ErrMaxPayload), errors.Is(err, jetstream.ErrStreamMessageExceedsMaximum):
		return ErrTooLarge
	case errors.Is(err, nats.ErrBadSubject), errors.Is(err, nats.ErrBadQueueName), errors.Is(err, jetstream.ErrInvalidKey),
		errors.Is(err, jetstream.ErrInvalidSubject), errors.Is(err, jetstream.ErrInvalidStreamName),
		errors.Is(err, jetstream.ErrInvalidBucketName):
		return fault.New(fault.Invalid, "bus.bad_name", "the subject, key or name is not well formed")
	}
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		return classifyAPI(api)
	}
	return nil
}

func classifyAPI(e *jetstream.APIError) *fault.Fault {
	switch e.ErrorCode {
	case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		return ErrRevision
	case codeStoreFailed:
		if strings.Contains(e.Description, "maximum") {
			return ErrStreamFull
		}
		return ErrStore
	case codeNotAvailable, codeNotLeader, codeNoResources, codeNoMemory, codeNoStorage, codeBytesOverAccount:
		return ErrStore
	case codeReplicas:
		return fault.New(fault.Invalid, "bus.replicas", "the NATS servers are not a cluster of three").
			WithRemedy("run three NATS servers with JetStream, or set the number of replicas to 1")
	case codeInvalidConfig, jetstream.JSErrCodeStreamNameInUse, codeSubjectOverlap:
		return fault.New(fault.Conflict, "bus.stream_config", "a stream exists with settings that cannot be changed: %s", e.Description).
			WithRemedy("export and delete that stream, or keep its settings")
	}
	return nil
}
