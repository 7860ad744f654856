#!/usr/bin/env bash
# Installs what the tests need from Debian, or says what is missing.
set -euo pipefail
cd "$(dirname "$0")"
mapfile -t wanted < <(grep -v '^#' debian-packages)
missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests need packages that are not installed: ${missing[*]}" >&2
  echo "Install them as root on Debian 12 with: apt-get install ${missing[*]}" >&2
  echo "(with create_main_cluster = false in /etc/postgresql-common/createcluster.conf before postgresql-15)" >&2
  exit 1
fi
echo "installing for the tests: ${missing[*]}" >&2
# The distribution must not make a database cluster of its own: the tests start private servers.
mkdir -p /etc/postgresql-common
conf=/etc/postgresql-common/createcluster.conf
grep -qs '^create_main_cluster = false' $conf || echo 'create_main_cluster = false' >>$conf
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
