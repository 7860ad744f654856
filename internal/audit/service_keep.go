package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/audit/chain"
	"yingda/internal/audit/internal/db"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
)

// Where heads and public keys are kept in the blob store. Heads: one object per day, replaced as the day goes.
const (
	headPrefix = "audit/heads/"
	keyPrefix  = "audit/keys/"
	maxHead    = 4096 // bytes of such an object
)

// keptHead is the content of a head's object. It can be checked without the database.
type keptHead struct {
	chain.Head
	Key       string `json:"key"`       // public, as [chain.FormatKey] writes it
	Signature []byte `json:"signature"` // base64
}

// errForeignHead is why a head was not kept: what is there already is evidence.
var errForeignHead = fault.New(fault.Conflict, "audit.foreign_head", "the head kept in the blob store is not of this chain")

func headKey(at time.Time) string { return headPrefix + at.UTC().Format(time.DateOnly) + ".json" }

// keep puts the head of the last batch into the blob store, unless it is there. It never overwrites a head of the
// same day that is further on or differs: then the database was cut or rolled back.
func (s *Service) keep(ctx context.Context, key ed25519.PrivateKey, last chain.Batch) error {
	s.mu.Lock()
	done := s.kept.number == last.Number && s.kept.trouble == ""
	s.mu.Unlock()
	if s.cfg.Blobs == nil || done {
		return nil
	}
	err := s.keepHead(ctx, key, last)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if s.kept.trouble == "" {
			s.kept.since = s.cfg.Clock.Now()
		}
		s.kept.trouble, s.kept.foreign = err.Error(), errors.Is(err, errForeignHead)
		return fmt.Errorf("keep the head of batch %d: %w", last.Number, err)
	}
	s.kept = kept{number: last.Number}
	return nil
}

func (s *Service) keepHead(ctx context.Context, key ed25519.PrivateKey, last chain.Batch) error {
	name := headKey(last.MadeAt)
	switch before, err := readHead(ctx, s.cfg.Blobs, name); {
	case errors.Is(err, blob.ErrNotFound):
	case err != nil:
		return err
	case before.Number > last.Number || before.Number == last.Number && before.Head.Head != last.Head:
		return errForeignHead
	}
	public := key.Public().(ed25519.PublicKey)
	if err := putJSON(ctx, s.cfg.Blobs, keyPrefix+chain.KeyID(public)+".json", Key{ID: chain.KeyID(public), Public: chain.FormatKey(public), MadeAt: last.MadeAt}, true); err != nil {
		return err
	}
	return putJSON(ctx, s.cfg.Blobs, name, keptHead{
		Head: chain.Head{Number: last.Number, MadeAt: last.MadeAt, Head: last.Head}, Key: chain.FormatKey(public), Signature: last.Signature,
	}, false)
}

// putJSON stores a small object; once leaves one that is there.
func putJSON(ctx context.Context, store blob.Store, key string, v any, once bool) error {
	if once {
		if _, err := store.Stat(ctx, key); err == nil || !errors.Is(err, blob.ErrNotFound) {
			return err
		}
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	_, err = store.Put(ctx, key, bytes.NewReader(b), blob.PutOptions{ContentType: "application/json", Size: int64(len(b)), SizeKnown: true})
	return err
}

// errHeadDamaged marks an object that holds no head.
var errHeadDamaged = errors.New("is not a head of the audit")

func readHead(ctx context.Context, store blob.Store, name string) (keptHead, error) {
	var h keptHead
	o, err := store.Open(ctx, name)
	if err != nil {
		return h, err
	}
	defer func() { _ = o.Close() }()
	b, err := io.ReadAll(io.LimitReader(o, maxHead+1))
	if err != nil {
		return h, err
	}
	if len(b) > maxHead || json.Unmarshal(b, &h) != nil || h.Number < 1 {
		return h, errHeadDamaged
	}
	h.Source = "in the file store as " + name
	return h, nil
}

// keptHeads reads every head that the store keeps. Those that cannot be read are named in damaged. Each head's
// own signature is not looked at: it is compared with the chain, which is signed.
func keptHeads(ctx context.Context, store blob.Store) (heads []chain.Head, damaged []string, err error) {
	heads = []chain.Head{}
	for after := ""; ; {
		list, err := store.List(ctx, headPrefix, after, blob.MaxList)
		if err != nil {
			return nil, nil, fmt.Errorf("list the kept heads: %w", err)
		}
		for _, info := range list {
			after = info.Key
			h, err := readHead(ctx, store, info.Key)
			switch {
			case err == nil:
				heads = append(heads, h.Head)
			case errors.Is(err, errHeadDamaged), isDamaged(err):
				damaged = append(damaged, info.Key)
			default:
				return nil, nil, fmt.Errorf("read the kept head %s: %w", info.Key, err)
			}
		}
		if len(list) < blob.MaxList {
			return heads, damaged, nil
		}
	}
}

func isDamaged(err error) bool {
	f, ok := fault.As(err)
	return ok && f.Code == "blob.damaged"
}

// mail sends the head once a day.
func (s *Service) mail(ctx context.Context, last chain.Batch) error {
	if s.cfg.MailTo == "" || s.cfg.Messages == nil {
		return nil
	}
	day := s.cfg.Clock.Now().UTC().Format(time.DateOnly)
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		n, err := db.New(tx).MailedOn(ctx, day)
		if err != nil || n == 0 {
			return err
		}
		_, err = s.cfg.Messages.Send(ctx, tx, notify.Message{
			Channel: notify.Email, Recipient: privacy.Recipient(s.cfg.MailTo), Purpose: "audit.head",
			Subject: fmt.Sprintf("审计封存 %s 第 %d 批 / Audit seal, batch %d", day, last.Number, last.Number),
			Body:    mailBody(last), IdempotencyKey: "audit.head/" + day,
		})
		if err != nil {
			return fmt.Errorf("mail the head of batch %d: %w", last.Number, err)
		}
		return nil
	})
}

func mailBody(last chain.Batch) string {
	head := fmt.Sprintf("%d=%s", last.Number, last.Head)
	return strings.Join([]string{
		"请妥善保存本邮件。日后可用以下命令核对审计记录是否被改动：",
		"Keep this message. It proves later that the audit was not changed:",
		"", "    yingda audit verify --head " + head, "",
		"时间 / Made at: " + last.MadeAt.UTC().Format(time.RFC3339),
		"密钥 / Key: " + last.KeyID, "",
	}, "\n")
}
