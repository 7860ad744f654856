package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/fault"
)

const (
	minPool        = 16 // connections; a small machine still serves many short transactions
	poolPerCPU     = 4
	connectTimeout = 10 * time.Second
	pingTimeout    = 5 * time.Second // for a connection taken from the pool that may have died there
)

// Options describe a pool.
type Options struct {
	URL      string       // pgx connection string; may hold a password, which no message shows
	MaxConns int32        // 0 for four per processor, at least sixteen
	Logger   *slog.Logger // nil for none
}

// Open makes a pool and checks that the server can be used: reachable, at least PostgreSQL 15, UTF8,
// writable. Every failure is a fault with a remedy. Times read through the pool are UTC.
// The caller closes the pool.
func Open(ctx context.Context, o Options) (*pgxpool.Pool, error) {
	cfg, err := poolConfig(o)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("make the pool: %w", err)
	}
	if err := checkServer(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

func poolConfig(o Options) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		// The cause stays out even of the log: it repeats parts of an address it could not read.
		return nil, fault.New(fault.Invalid, "postgres.url_invalid", "the database address cannot be read").
			WithRemedy("write it as postgres://USER:PASSWORD@HOST:5432/DATABASE, with %%-escapes for special characters")
	}
	switch {
	case o.MaxConns > 0:
		cfg.MaxConns = o.MaxConns
	case !strings.Contains(o.URL, "pool_max_conns"):
		cfg.MaxConns = int32(max(minPool, poolPerCPU*runtime.NumCPU()))
	}
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.PingTimeout = pingTimeout
	cfg.AfterConnect = teachTypes
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if cfg.ConnConfig.RuntimeParams["application_name"] == "" {
		cfg.ConnConfig.RuntimeParams["application_name"] = "yingda"
	}
	if log := o.Logger; log != nil {
		// Only the code: the text of a notice may carry values.
		cfg.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
			log.Debug("database notice", "severity", n.SeverityUnlocalized, "code", n.Code)
		}
	}
	return cfg, nil
}

// teachTypes makes pgx give times, arrays and ranges of them in UTC; its default is the zone of
// the machine, in which "today" would differ from node to node. And it shortens the way of UUIDs.
func teachTypes(_ context.Context, conn *pgx.Conn) error {
	m := conn.TypeMap()
	t := &pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}}
	m.RegisterType(t)
	m.RegisterType(&pgtype.Type{Name: "_timestamptz", OID: pgtype.TimestamptzArrayOID, Codec: &pgtype.ArrayCodec{ElementType: t}})
	m.RegisterType(&pgtype.Type{Name: "tstzrange", OID: pgtype.TstzrangeOID, Codec: &pgtype.RangeCodec{ElementType: t}})
	u := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: uuidCodec{}}
	m.RegisterType(u)
	m.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: &pgtype.ArrayCodec{ElementType: u}})
	return nil
}

func checkServer(ctx context.Context, pool *pgxpool.Pool) error {
	var version, encoding string
	var readOnly bool
	err := pool.QueryRow(ctx, `SELECT current_setting('server_version_num'), current_setting('server_encoding'),
		pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean`).
		Scan(&version, &encoding, &readOnly)
	if err != nil {
		return connectFault(pool.Config().ConnConfig, err)
	}
	n, err := strconv.Atoi(version)
	if err != nil {
		return fmt.Errorf("server version %q: %w", version, err)
	}
	switch {
	case n/10000 < MinMajor:
		return fault.New(fault.Unavailable, "postgres.version_old",
			"the database server is PostgreSQL %d; %d or newer is needed", n/10000, MinMajor).
			WithRemedy("upgrade the server, or leave --database-url out to use a private one")
	case encoding != "UTF8":
		return fault.New(fault.Invalid, "postgres.encoding", "the database stores text as %s; UTF8 is needed", encoding).
			WithRemedy("create the database anew: CREATE DATABASE yingda TEMPLATE template0 ENCODING 'UTF8'")
	case readOnly:
		return fault.New(fault.Unavailable, "postgres.read_only", "the database server only reads (a standby, or set so)").
			WithRemedy("give the address of the primary, or add target_session_attrs=read-write with several hosts")
	}
	return nil
}

// connectFault says in words why no connection could be had. pgx keeps the password out of its errors.
func connectFault(cfg *pgx.ConnConfig, err error) error {
	switch Code(err) {
	case "28P01", "28000":
		return fault.New(fault.Invalid, "postgres.sign_in_refused",
			"the database server refuses the user %s", cfg.User).WithCause(err).
			WithRemedy("check user and password of --database-url and the server's pg_hba.conf")
	case "3D000":
		return fault.New(fault.Invalid, "postgres.no_such_database",
			"there is no database %s on the server", cfg.Database).WithCause(err).
			WithRemedy("create it: CREATE DATABASE %s ENCODING 'UTF8' TEMPLATE template0", pgx.Identifier{cfg.Database}.Sanitize())
	case "53300":
		return fault.New(fault.Unavailable, "postgres.too_many_connections",
			"the database server has no connection left").WithCause(err).
			WithRemedy("raise max_connections there, or lower the number of connections here")
	}
	where := net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	if strings.HasPrefix(cfg.Host, "/") {
		where = cfg.Host
	}
	return fault.New(fault.Unavailable, ErrUnreachable.Code, "the database server at %s does not answer", where).
		WithCause(err).WithRemedy("check that it runs, its address and port, and firewalls between")
}
