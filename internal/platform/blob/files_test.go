package blob_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/blob"
	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) {
	if helper := os.Getenv("BLOB_TEST_HELPER"); helper != "" {
		helpers[helper]()
		return
	}
	lifecycletest.Main(m)
}

// helpers run in a process of their own that the test kills or imprisons.
var helpers = map[string]func(){
	"put-to-files": func() { putFromStdin(newFiles(os.Getenv("BLOB_TEST_DIR"))) },
	"put-to-s3":    func() { putFromStdin(blob.NewS3(helperS3Config())) },
	"small-disk":   smallDisk,
}

func newFiles(dir string) (blob.Store, error) { return blob.NewFiles(blob.FilesConfig{Dir: dir}) }

func putFromStdin[S blob.Store](s S, err error) {
	if err == nil {
		_, err = s.Put(context.Background(), "victim", os.Stdin, blob.PutOptions{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("stored")
}

func helperCommand(t testing.TB, name string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), append(env, "BLOB_TEST_HELPER="+name)...)
	cmd.Stderr = os.Stderr
	return cmd
}

func setupFiles(t testing.TB) (blob.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "blob")
	s, err := newFiles(dir)
	require.NoError(t, err)
	return s, dir
}

func TestFilesKeepTheContract(t *testing.T) {
	t.Parallel()
	contract(t, func(t testing.TB) blob.Store { s, _ := setupFiles(t); return s })
}

func countFiles(t testing.TB, dir string) (n int) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	}))
	return n
}

func TestAKilledPutLeavesNothingVisibleAndIsSwept(t *testing.T) {
	t.Parallel()
	s, dir := setupFiles(t)
	cmd := helperCommand(t, "put-to-files", "BLOB_TEST_DIR="+dir)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	// The pipe holds 64 KiB, so after 4 MiB the other side has written most of it.
	_, err = in.Write(noise(4 << 20))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	require.Equal(t, 1, countFiles(t, dir), "the unfinished file is there")
	_, err = s.Stat(t.Context(), "victim")
	require.ErrorIs(t, err, blob.ErrNotFound)
	all, err := s.List(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Empty(t, all)
	n, err := s.Sweep(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Zero(t, n, "it might still be growing")
	n, err = s.Sweep(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Zero(t, countFiles(t, dir))
}

func TestSweepTakesEmptyDirectoriesAwayAndNothingElse(t *testing.T) {
	t.Parallel()
	s, dir := setupFiles(t)
	put(t, s, "a/b/c", []byte("x"))
	put(t, s, "a/d", []byte("x"))
	require.NoError(t, s.Delete(t.Context(), "a/b/c"))
	_, err := s.Sweep(t.Context(), time.Hour)
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(dir, "objects", "a+", "b+"))
	require.Equal(t, "x", string(get(t, s, "a/d")))
}

func TestDamageIsFoundWhenReadFromStartToEnd(t *testing.T) {
	t.Parallel()
	s, dir := setupFiles(t)
	content := noise(100_000)
	put(t, s, "k", content)
	var path string
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, "objects"), func(p string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			path = p
		}
		return err
	}))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Len(t, raw, len(content)+256)

	flipped := bytes.Clone(raw)
	flipped[50_000] ^= 1
	require.NoError(t, os.WriteFile(path, flipped, 0o600))
	o, err := s.Open(t.Context(), "k")
	require.NoError(t, err)
	_, err = io.ReadAll(o)
	require.ErrorIs(t, err, blob.ErrDamaged)
	_, err = o.Seek(0, io.SeekStart)
	require.NoError(t, err)
	_, err = io.ReadAll(o)
	require.ErrorIs(t, err, blob.ErrDamaged, "a second reading finds it too")
	require.NoError(t, o.Close())

	for name, wrong := range map[string][]byte{
		"shortened": raw[:len(raw)-1], "cut to nothing": nil, "lengthened": append(bytes.Clone(raw), 0), "no content": raw[1:],
	} {
		require.NoError(t, os.WriteFile(path, wrong, 0o600))
		_, err := s.Stat(t.Context(), "k")
		require.ErrorIs(t, err, blob.ErrDamaged, name)
	}
}

func TestHealthTellsThatTheDirectoryCannotBeWritten(t *testing.T) {
	t.Parallel()
	s, dir := setupFiles(t)
	require.NoError(t, os.Remove(filepath.Join(dir, "tmp")))
	found := s.Health().Check(t.Context())
	require.Len(t, found, 1)
	require.Equal(t, "blob.not_writable", found[0].Warning.Code)
}

func ExampleFiles() {
	dir, err := os.MkdirTemp("", "blob")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	store, err := blob.NewFiles(blob.FilesConfig{Dir: dir})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	info, _ := store.Put(ctx, "prompt/zh/welcome.wav", strings.NewReader("您好"), blob.PutOptions{ContentType: "audio/wav"})
	fmt.Println(info.Size, info.ContentType)
	object, _ := store.Open(ctx, "prompt/zh/welcome.wav")
	defer object.Close()
	_, _ = object.Seek(3, io.SeekStart)
	rest, _ := io.ReadAll(object)
	fmt.Println(string(rest))
	// Output:
	// 6 audio/wav
	// 好
}
