package blob

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"yingda/internal/platform/health"
)

var (
	warnNotWritable = &health.Warning{
		Code: "blob.not_writable", Severity: health.Fault,
		Chinese: health.Text{Title: "文件存储不可写", Cause: "无法在 {place} 写入：{error}。录音、附件和导入导出会失败。",
			Remedy: "检查该目录的属主、权限以及磁盘是否以只读方式挂载。"},
		English: health.Text{Title: "The file store cannot be written", Cause: "Writing to {place} fails: {error}. Recordings, attachments, imports and exports will fail.",
			Remedy: "Check owner and mode of the directory, and whether its disk is mounted read-only."},
	}
	warnLow = &health.Warning{
		Code: "blob.low_space", Severity: health.Caution,
		Chinese: health.Text{Title: "文件存储空间将满", Cause: "{place} 只剩 {free}（共 {total}）。",
			Remedy: "清理或扩容；也可以把较早的录音转存到 S3。"},
		English: health.Text{Title: "The file store is nearly full", Cause: "{place} has {free} left of {total}.",
			Remedy: "Free or add space, or move older recordings to S3."},
	}
	warnFull = &health.Warning{
		Code: "blob.full", Severity: health.Fault,
		Chinese: health.Text{Title: "文件存储已满", Cause: "{place} 只剩 {free}，新的录音和附件无法保存。",
			Remedy: "立即清理或扩容。"},
		English: health.Text{Title: "The file store is full", Cause: "{place} has only {free} left: new recordings and attachments cannot be kept.",
			Remedy: "Free or add space now."},
	}
	warnUnreachable = &health.Warning{
		Code: "blob.unreachable", Severity: health.Fault,
		Chinese: health.Text{Title: "连不上 S3 存储", Cause: "{place} 没有应答：{error}。",
			Remedy: "检查网络、地址、证书，以及存储服务本身是否在运行。"},
		English: health.Text{Title: "The S3 store does not answer", Cause: "{place} gave no answer: {error}.",
			Remedy: "Check network, address and certificate, and whether the service runs."},
	}
	warnRefused = &health.Warning{
		Code: "blob.refused", Severity: health.Fault,
		Chinese: health.Text{Title: "S3 存储拒绝访问", Cause: "{place} 拒绝了请求：{error}。",
			Remedy: "检查访问密钥、存储桶名称和访问策略（需要读、写、列出、删除权限）。"},
		English: health.Text{Title: "The S3 store refuses our access", Cause: "{place} refused: {error}.",
			Remedy: "Check access key, bucket name and policy (read, write, list and delete are needed)."},
	}
	warnPlain = &health.Warning{
		Code: "blob.plain_http", Severity: health.Caution,
		Chinese: health.Text{Title: "S3 连接未加密", Cause: "与 {place} 的连接不使用 TLS，网络上的他人可以看到访问签名和未加密的文件。",
			Remedy: "为存储服务启用 TLS；只有在封闭的内部网络中才可忽略。"},
		English: health.Text{Title: "The S3 connection is not encrypted", Cause: "The connection to {place} uses no TLS: others on the network see signatures and files that are not encrypted.",
			Remedy: "Switch the service to TLS; ignore this only inside a closed network."},
	}
)

// Health implements Store.
func (f *Files) Health() health.Component {
	return health.Component{Name: "blob", Chinese: "文件存储可用", English: "The file store works",
		Warnings: []*health.Warning{warnNotWritable, warnLow, warnFull}, Check: f.check}
}

// fullBelow is what even a small recording would not fit in safely.
const fullBelow = 64 << 20

func (f *Files) check(context.Context) []health.Finding {
	free, total, err := f.checkSpace(f.root)
	switch {
	case err != nil:
		return []health.Finding{warnNotWritable.Found("place", f.root, "error", err.Error())}
	case free < fullBelow:
		return []health.Finding{warnFull.Found("place", f.root, "free", size(free))}
	}
	if err := f.tryWrite(); err != nil {
		return []health.Finding{warnNotWritable.Found("place", f.root, "error", err.Error())}
	}
	if free < f.reserve || free < total/20 {
		return []health.Finding{warnLow.Found("place", f.root, "free", size(free), "total", size(total))}
	}
	return nil
}

func (f *Files) tryWrite() error {
	t, err := os.CreateTemp(f.temporary(), "health-*")
	if err != nil {
		return err
	}
	_, err = t.WriteString("ok")
	return errors.Join(err, t.Close(), os.Remove(t.Name()))
}

// size writes bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// Health implements Store. It asks for the bucket; whether it can be written shows at the last Put.
func (s *S3) Health() health.Component {
	return health.Component{Name: "blob", Chinese: "S3 存储可用", English: "The S3 store works",
		Warnings: []*health.Warning{warnUnreachable, warnRefused, warnFull, warnPlain}, Check: s.checkBucket}
}

func (s *S3) checkBucket(ctx context.Context) []health.Finding {
	place := s.cfg.Endpoint + "/" + s.cfg.Bucket
	ctx, cancel := context.WithTimeout(ctx, 2500*time.Millisecond)
	defer cancel()
	exists, err := s.client.BucketExists(ctx, s.cfg.Bucket)
	if err == nil && !exists {
		return []health.Finding{warnRefused.Found("place", place, "error", "no such bucket")}
	}
	if err == nil {
		if last := s.failed.Load(); last != nil {
			err = *last
		}
	}
	switch err := s3Fault("look at the bucket", err); {
	case errors.Is(err, errRefused):
		return []health.Finding{warnRefused.Found("place", place, "error", cause(err))}
	case errors.Is(err, errFull):
		return []health.Finding{warnFull.Found("place", place, "free", "0 KiB")}
	case err != nil:
		return []health.Finding{warnUnreachable.Found("place", place, "error", cause(err))}
	case s.cfg.PlainHTTP:
		return []health.Finding{warnPlain.Found("place", place)}
	}
	return nil
}

// cause is the innermost words of an error: what the operator can look up.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
