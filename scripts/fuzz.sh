#!/usr/bin/env bash
# Runs every fuzz target of the tree for the time given (default 10s).
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}
found=0
while IFS=: read -r file line; do
  target=$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' <<<"$line")
  found=$((found + 1))
  echo "fuzz $target in $(dirname "$file") for $time" >&2
  out=$(go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$(dirname "$file")" 2>&1) || { echo "$out"; exit 1; }
done < <(grep -rHE '^func Fuzz[A-Za-z0-9_]+\(' --include='*_test.go' cmd internal web test | sort)
echo "$found fuzz targets, no finding"
