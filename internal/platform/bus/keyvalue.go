package bus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// deletedFor is how long a deleted key is remembered, so that watches which were away for less hear of it as a deletion.
const deletedFor = 5 * time.Minute

// KeyValueConfig names a bucket of shared state. Opening it makes it, or changes it to these settings.
type KeyValueConfig struct {
	Name       string        // letters, digits, - and _
	TTL        time.Duration // an entry not written for this long is deleted; 0: never; at least 1 s
	InMemory   bool          // gone when the server stops; fastest
	SyncAlways bool          // on disk before a write returns (see the package comment); fixed once made
	Replicas   int           // 0: the bus's setting
}

// KeyValue is a bucket: small shared state by key, such as leases and presence. Keys are words joined by dots, made
// of letters, digits and -_/=. Safe for concurrent use.
type KeyValue struct {
	b      *Bus
	config KeyValueConfig
	store  atomic.Pointer[jetstream.KeyValue] // the client library's handle, set by ensure
}

// Entry is one value of a key.
type Entry struct {
	Key      string
	Value    []byte
	Revision uint64    // rises with each write to the bucket
	At       time.Time // of the write, UTC
}

// KeyValue opens a bucket.
func (b *Bus) KeyValue(ctx context.Context, c KeyValueConfig) (*KeyValue, error) {
	kv := &KeyValue{b: b, config: c}
	if c.TTL != 0 && c.TTL < time.Second {
		return nil, fmt.Errorf("bucket %s: time to live %v is below 1 s", c.Name, c.TTL)
	}
	_, err := do(ctx, b, "open bucket "+c.Name, func(ctx context.Context, l *link) (struct{}, error) {
		return struct{}{}, kv.ensure(ctx, l)
	})
	if err != nil {
		return nil, err
	}
	return kv, nil
}

// ensure makes the bucket's stream. The layout is the one of NATS key-value buckets (its ADR-8), so that the client
// library and the operator's tools work on it; made by hand, because the library's call cannot set the persist mode.
func (kv *KeyValue) ensure(ctx context.Context, l *link) error {
	c := kv.config
	s := jetstream.StreamConfig{
		Name: kv.stream(), Subjects: []string{kv.subject(">")}, MaxMsgsPerSubject: 1, MaxAge: c.TTL,
		Storage: storage(c.InMemory), Replicas: kv.b.replicas(c.Replicas), PersistMode: kv.b.persistMode(c.InMemory, c.SyncAlways),
		Discard: jetstream.DiscardNew, AllowRollup: true, DenyDelete: true, AllowDirect: true,
		MaxBytes: -1, MaxMsgs: -1, MaxConsumers: -1, MaxMsgSize: -1,
		Duplicates:  min(2*time.Minute, max(c.TTL, time.Second)),
		AllowMsgTTL: true, SubjectDeleteMarkerTTL: deletedFor,
	}
	if c.TTL == 0 {
		s.Duplicates = 2 * time.Minute
	}
	if _, err := l.js.CreateOrUpdateStream(ctx, s); err != nil {
		return err
	}
	store, err := l.js.KeyValue(ctx, c.Name)
	if err == nil {
		kv.store.Store(&store)
	}
	return err
}

func (kv *KeyValue) stream() string              { return "KV_" + kv.config.Name }
func (kv *KeyValue) subject(key string) string   { return "$KV." + kv.config.Name + "." + key }
func (kv *KeyValue) doing(verb, k string) string { return verb + " " + kv.config.Name + "/" + k }

// Get reads a key, or fails with [ErrNoKey].
func (kv *KeyValue) Get(ctx context.Context, key string) (Entry, error) {
	return withBucket(ctx, kv, kv.doing("get", key), func(ctx context.Context, store jetstream.KeyValue) (Entry, error) {
		e, err := store.Get(ctx, key)
		if err != nil {
			return Entry{}, err
		}
		return Entry{Key: e.Key(), Value: e.Value(), Revision: e.Revision(), At: e.Created().UTC()}, nil
	})
}

// Put writes a key whatever it held, and gives the new revision.
func (kv *KeyValue) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	return withBucket(ctx, kv, kv.doing("put", key), func(ctx context.Context, store jetstream.KeyValue) (uint64, error) {
		return store.Put(ctx, key, value)
	})
}

// Create writes a key that does not exist, or fails with [ErrKeyExists].
func (kv *KeyValue) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	return withBucket(ctx, kv, kv.doing("create", key), func(ctx context.Context, store jetstream.KeyValue) (uint64, error) {
		revision, err := store.Create(ctx, key, value)
		if lostRace(err) {
			err = ErrKeyExists
		}
		return revision, err
	})
}

// Update writes a key that still has the revision given, or fails with [ErrRevision].
func (kv *KeyValue) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	return withBucket(ctx, kv, kv.doing("update", key), func(ctx context.Context, store jetstream.KeyValue) (uint64, error) {
		revision, err := store.Update(ctx, key, value, revision)
		if lostRace(err) {
			err = ErrRevision
		}
		return revision, err
	})
}

// Delete removes a key; one that does not exist is no error.
func (kv *KeyValue) Delete(ctx context.Context, key string) error {
	return kv.purge(ctx, key)
}

// DeleteRevision removes a key that still has the revision given, or fails with [ErrRevision].
func (kv *KeyValue) DeleteRevision(ctx context.Context, key string, revision uint64) error {
	return kv.purge(ctx, key, jetstream.LastRevision(revision))
}

func (kv *KeyValue) purge(ctx context.Context, key string, options ...jetstream.KVDeleteOpt) error {
	_, err := withBucket(ctx, kv, kv.doing("delete", key), func(ctx context.Context, store jetstream.KeyValue) (struct{}, error) {
		err := store.Purge(ctx, key, append(options, jetstream.PurgeTTL(deletedFor))...)
		if lostRace(err) {
			err = ErrRevision
		}
		return struct{}{}, err
	})
	return err
}

// List reads all keys that match a pattern ("agent.*", ">" for all), in no order.
func (kv *KeyValue) List(ctx context.Context, pattern string) ([]Entry, error) {
	return do(ctx, kv.b, kv.doing("list", pattern), func(ctx context.Context, l *link) ([]Entry, error) {
		found := map[string]Entry{} // a key written meanwhile comes twice; the last state holds
		err := kv.tail(ctx, l, pattern, func(c Change) error {
			switch c.Kind {
			case EntryPut:
				found[c.Entry.Key] = c.Entry
			case EntryDeleted:
				delete(found, c.Entry.Key)
			case CaughtUp:
				return errEnough
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		return slices.Collect(maps.Values(found)), err
	})
}

// lostRace reports that the revision named was not the key's.
func lostRace(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) ||
		errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch)
}

// withBucket runs one call on the bucket. A bucket in memory is gone when its server was restarted: then it is made
// again and the call repeated once.
func withBucket[T any](ctx context.Context, kv *KeyValue, doing string, call func(context.Context, jetstream.KeyValue) (T, error)) (T, error) {
	return do(ctx, kv.b, doing, func(ctx context.Context, l *link) (T, error) {
		result, err := call(ctx, *kv.store.Load())
		if !gone(err) {
			return result, err
		}
		if err := kv.ensure(ctx, l); err != nil {
			return result, err
		}
		return call(ctx, *kv.store.Load())
	})
}

func gone(err error) bool {
	return errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrBucketNotFound) ||
		errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, jetstream.ErrJetStreamNotEnabled) // a direct read that nobody answers
}

// do runs one call of the client library while connected and explains its error.
func do[T any](ctx context.Context, b *Bus, doing string, call func(ctx context.Context, l *link) (T, error)) (T, error) {
	l, bounded, cancel, err := b.begun(ctx)
	if err != nil {
		var none T
		return none, fmt.Errorf("%s: %w", doing, err)
	}
	defer cancel()
	result, err := call(bounded, l)
	return result, explain(ctx, doing, err)
}

func (b *Bus) replicas(wanted int) int {
	if b.Embedded() || wanted == 0 {
		return b.config.Replicas
	}
	return wanted
}

func storage(inMemory bool) jetstream.StorageType {
	if inMemory {
		return jetstream.MemoryStorage
	}
	return jetstream.FileStorage
}

// persistMode takes a stream out of the embedded server's SyncAlways. An external server has its own setting, and a
// stream there is never made weaker than it.
func (b *Bus) persistMode(inMemory, syncAlways bool) jetstream.PersistModeType {
	if b.Embedded() && !inMemory && !syncAlways {
		return jetstream.AsyncPersistMode
	}
	return jetstream.DefaultPersistMode
}
