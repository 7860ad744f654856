package bus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"yingda/internal/platform/fault"
)

const (
	// syncInterval is how often what is not synced at once goes to disk.
	syncInterval = 10 * time.Second
	// maxMemory bounds all streams and buckets in memory together.
	maxMemory  = 512 << 20
	probeFile  = ".probe"
	streamsDir = "jetstream/$G/streams" // as the server lays it out: the one account's streams, one directory each
)

// embedded is the server in this process, with the lock on its directory.
type embedded struct {
	server *natsserver.Server
	dir    string
	lock   *dirLock
}

// startEmbedded locks the directory and starts the server on it.
func startEmbedded(ctx context.Context, c *Config) (*embedded, error) {
	dir := c.storeDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, notWritable(dir, err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	e := &embedded{dir: dir, lock: lock}
	if err := e.probe(); err != nil {
		lock.release()
		return nil, notWritable(dir, err)
	}
	if err := e.run(ctx, c); err != nil {
		e.stop()
		return nil, err
	}
	return e, nil
}

func (e *embedded) run(ctx context.Context, c *Config) error {
	server, err := natsserver.NewServer(&natsserver.Options{
		ServerName: "yingda", DontListen: true, NoSigs: true,
		JetStream: true, StoreDir: e.dir, JetStreamMaxMemory: maxMemory, DisableJetStreamBanner: true,
		SyncAlways: true, SyncInterval: syncInterval, // see persistMode for those who do not want it
	})
	if err != nil {
		return fmt.Errorf("make the embedded NATS server: %w", err)
	}
	e.server = server
	lines := &serverLog{log: c.Logger}
	server.SetLoggerV2(lines, false, false, false)
	server.Start() // returns when started, or after telling the log why not
	if reason := lines.reason(); reason != "" {
		return fault.New(fault.Unavailable, "bus.store_failed", "the embedded message store cannot start: %s", reason).
			WithRemedy("check the directory %s", e.dir)
	}
	if !server.ReadyForConnections(time.Until(deadlineOf(ctx))) {
		return fault.New(fault.Unavailable, "bus.store_failed", "the embedded message store did not start in time")
	}
	return nil
}

// stop may be called at any point of a failed start.
func (e *embedded) stop() {
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
	e.lock.release()
}

// probe writes a small file to disk and removes it.
func (e *embedded) probe() (err error) {
	name := filepath.Join(e.dir, probeFile)
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(name)) }()
	if _, err := f.Write(make([]byte, 4096)); err != nil {
		return err
	}
	return f.Sync()
}

// complete fails when a stream's directory exists that the server could not load: it leaves such a stream out and
// says so in its log only, and the stream would be made again, empty.
func (e *embedded) complete(ctx context.Context, js jetstream.JetStream) error {
	dirs, err := os.ReadDir(filepath.Join(e.dir, filepath.FromSlash(streamsDir)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return notWritable(e.dir, err)
	}
	var loaded []string
	names := js.StreamNames(ctx)
	for name := range names.Name() {
		loaded = append(loaded, name)
	}
	if err := names.Err(); err != nil {
		return explain(ctx, "list streams", err)
	}
	for _, d := range dirs {
		path := filepath.Join(e.dir, filepath.FromSlash(streamsDir), d.Name())
		if d.IsDir() && !slices.Contains(loaded, d.Name()) && holdsMessages(path) {
			return fault.New(fault.Unavailable, "bus.store_corrupt", "the stored stream %s cannot be read", d.Name()).
				WithRemedy("restore %s from the backup, or move it aside to go on without these messages", path)
		}
	}
	return nil
}

// holdsMessages tells a damaged stream from one whose making was cut short before it held anything.
func holdsMessages(dir string) bool {
	files, err := os.ReadDir(filepath.Join(dir, "msgs"))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(files, func(f fs.DirEntry) bool {
		info, err := f.Info()
		return err == nil && strings.HasSuffix(f.Name(), ".blk") && info.Size() > 0
	})
}

func (e *embedded) option() nats.Option { return nats.InProcessServer(e.server) }

func notWritable(dir string, err error) error {
	return fault.New(fault.Unavailable, "bus.store_cannot_write", "the message store cannot write to %s", dir).
		WithCause(err).WithRemedy("free disk space, and check that the directory belongs to the user that runs this program")
}
