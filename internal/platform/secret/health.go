package secret

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"

	"yingda/internal/platform/health"
)

var (
	warnReadable = &health.Warning{
		Code: "secret.key_readable", Severity: health.Caution,
		Chinese: health.Text{Title: "主密钥文件可被他人读取", Cause: "{file} 的权限为 {mode}，本机其他账号可以读取或修改。",
			Remedy: "执行 chmod 600 {file}；如本机有其他人登录过，请轮换密钥。"},
		English: health.Text{Title: "Others can read the master key file", Cause: "{file} has mode {mode}: other accounts of this machine may read or change it.",
			Remedy: "Run chmod 600 {file}, and rotate the key if others have been on this machine."},
	}
	warnGone = &health.Warning{
		Code: "secret.key_file_missing", Severity: health.Fault,
		Chinese: health.Text{Title: "主密钥文件不见了", Cause: "{file} 不存在。运行中的程序仍持有密钥，但重启后将无法打开已加密的数据。",
			Remedy: "在重启之前，从备份副本恢复 {file}，权限设为 600。"},
		English: health.Text{Title: "The master key file is gone", Cause: "{file} does not exist. The running program still holds the key, but after a restart nothing sealed can be opened.",
			Remedy: "Before any restart, put the copy of {file} back with mode 600."},
	}
	warnUnknownVersion = &health.Warning{
		Code: "secret.unknown_key_version", Severity: health.Fault,
		Chinese: health.Text{Title: "缺少一个版本的主密钥", Cause: "有数据用版本 {version} 的主密钥加密，而本节点没有这个版本，因此无法读取。",
			Remedy: "把版本 {version} 放回密钥来源（{source}）。如数据来自另一套系统的备份，请同时恢复它的密钥。"},
		English: health.Text{Title: "A version of the master key is missing", Cause: "Data are sealed under version {version} of the master key, which this node does not have, so they cannot be read.",
			Remedy: "Put version {version} back into the key source ({source}). If the data came from another installation's backup, bring its key as well."},
	}
)

// Health tells whether everything sealed can be opened now and after a restart.
func (r *Ring) Health() health.Component {
	return health.Component{
		Name: "secret", Chinese: "主密钥可用", English: "The master key is at hand", // not required: what runs still holds its key
		Warnings: []*health.Warning{warnReadable, warnGone, warnUnknownVersion},
		Check:    r.check,
	}
}

func (r *Ring) check(context.Context) []health.Finding {
	var found []health.Finding
	if f, ok := r.source.(fileSource); ok && f.strict {
		switch info, err := os.Stat(f.path); {
		case errors.Is(err, fs.ErrNotExist):
			found = append(found, warnGone.Found("file", f.path))
		case err == nil && openToOthers(info.Mode()):
			found = append(found, warnReadable.Found("file", f.path, "mode", "0"+strconv.FormatUint(uint64(info.Mode().Perm()), 8)))
		}
	}
	r.mu.Lock()
	missing := r.missing
	r.mu.Unlock()
	if missing != 0 {
		if _, known := r.keys.Load().find(missing); !known {
			found = append(found, warnUnknownVersion.Found("version", strconv.FormatUint(uint64(missing), 10), "source", r.source.String()))
		}
	}
	return found
}
