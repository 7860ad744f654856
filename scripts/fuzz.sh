#!/usr/bin/env bash
# Runs every fuzz target of the tree for the time given (default 10s), as many at once as there are cores.
set -euo pipefail
cd "$(dirname "$0")/.."
export FUZZ_TIME=${1:-10s}
one() {
  local target=$1 dir=$2 out
  # The toolchain sometimes reports its own time limit as a failure (golang.org/issue/56238); a finding
  # always names the input that it wrote.
  if out=$(go test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZ_TIME" -parallel 1 "./$dir" 2>&1) ||
    { grep -q 'context deadline exceeded' <<<"$out" && ! grep -q 'Failing input' <<<"$out"; }; then
    echo "fuzz $target in $dir: $(grep -oE 'execs: [0-9]+' <<<"$out" | tail -1)" >&2
  else
    printf 'fuzz %s in %s FAILED\n%s\n' "$target" "$dir" "$out" >&2
    return 1
  fi
}
export -f one
targets=$(grep -rHE '^func Fuzz[A-Za-z0-9_]+\(' --include='*_test.go' cmd internal web test |
  sed -nE 's|^(.*)/[^/]+:func (Fuzz[A-Za-z0-9_]+)\(.*|\2 \1|p' | sort -k2,2 -k1,1)
xargs -P "$(nproc)" -L 1 bash -c 'one "$@"' _ <<<"$targets"
echo "$(wc -l <<<"$targets") fuzz targets, no finding"
