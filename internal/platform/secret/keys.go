package secret

import (
	"bufio"
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// use separates the derived keys of one purpose by what they do.
type use string

const (
	useSeal use = "seal"
	useMAC  use = "mac"
)

// masterKey is one version of the master key. The text form of a ring is one line per version:
//
//	1 2026-11-20T08:00:00Z MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
type masterKey struct {
	version uint32
	made    time.Time
	key     [keySize]byte

	aeads sync.Map // purpose -> *xaes; purposes are constants of the program, so this stays small
	macs  sync.Map // purpose -> []byte
}

func newMasterKey(version uint32, made time.Time) *masterKey {
	m := &masterKey{version: version, made: made}
	_, _ = rand.Read(m.key[:]) // never fails: crypto/rand ends the program instead
	return m
}

func (m *masterKey) derive(u use, purpose Purpose) ([]byte, error) {
	return hkdf.Key(sha256.New, m.key[:], nil, "yingda "+string(u)+" "+string(purpose), keySize)
}

func (m *masterKey) aead(purpose Purpose) (*xaes, error) {
	if x, ok := m.aeads.Load(purpose); ok {
		return x.(*xaes), nil
	}
	key, err := m.derive(useSeal, purpose)
	if err != nil {
		return nil, err
	}
	x, err := newXAES(key)
	if err != nil {
		return nil, err
	}
	m.aeads.Store(purpose, x)
	return x, nil
}

func (m *masterKey) mac(purpose Purpose, data []byte) ([]byte, error) {
	key, ok := m.macs.Load(purpose)
	if !ok {
		derived, err := m.derive(useMAC, purpose)
		if err != nil {
			return nil, err
		}
		m.macs.Store(purpose, derived)
		key = derived
	}
	h := hmac.New(sha256.New, key.([]byte))
	h.Write(data)
	return h.Sum(nil), nil
}

// keys is an unchanging set of versions, newest first.
type keys struct{ list []*masterKey }

func (k *keys) active() *masterKey { return k.list[0] }

func (k *keys) find(version uint32) (*masterKey, bool) {
	for _, m := range k.list {
		if m.version == version {
			return m, true
		}
	}
	return nil, false
}

func (k *keys) format() []byte {
	var b bytes.Buffer
	b.WriteString("# Master key of this installation, one version per line; the highest is active.\n" +
		"# Keep a copy away from the database and its backups. Without it nothing sealed can be opened.\n")
	for _, m := range slices.Backward(k.list) {
		fmt.Fprintf(&b, "%d %s %s\n", m.version, m.made.UTC().Format(time.RFC3339), base64.StdEncoding.EncodeToString(m.key[:]))
	}
	return b.Bytes()
}

var errNoKey = errors.New("no key in it: want lines such as \"1 2026-11-20T08:00:00Z <32 bytes in base64>\"")

// parseKeys reads a ring. A single bare key (32 bytes in base64 or hexadecimal), as vaults hand out, is version 1.
// Errors never repeat what was read.
func parseKeys(text []byte) (*keys, error) {
	var k keys
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		m, err := parseKey(strings.Fields(line))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if _, twice := k.find(m.version); twice {
			return nil, fmt.Errorf("line %d: version %d stands twice", n, m.version)
		}
		k.list = append(k.list, m)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(k.list) == 0 {
		return nil, errNoKey
	}
	slices.SortFunc(k.list, func(a, b *masterKey) int { return int(int64(b.version) - int64(a.version)) })
	return &k, nil
}

func parseKey(fields []string) (*masterKey, error) {
	m := &masterKey{version: 1}
	switch len(fields) {
	case 1:
	case 3:
		v, err := strconv.ParseUint(fields[0], 10, 32)
		if err != nil || v == 0 {
			return nil, errors.New("the version is not a number from 1")
		}
		m.version = uint32(v)
		if m.made, err = time.Parse(time.RFC3339, fields[1]); err != nil {
			return nil, errors.New("the time is not in RFC 3339 form")
		}
	default:
		return nil, errNoKey
	}
	text := fields[len(fields)-1]
	raw, err := base64.StdEncoding.DecodeString(text)
	if len(text) == 2*keySize {
		raw, err = hex.DecodeString(text)
	}
	if err != nil || len(raw) != keySize {
		return nil, errors.New("the key is not 32 bytes in base64 or hexadecimal")
	}
	copy(m.key[:], raw)
	if m.key == [keySize]byte{} {
		return nil, errors.New("the key is all zero")
	}
	return m, nil
}
