"use strict";
// Finds a Go that can build native/: the machine's own when it satisfies go.mod, else the pinned
// one, which any Go from `oldestFetcher` on can fetch.

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { lacks } = require("./outcome.cjs");
const { fetchPinnedGo, findPinnedGo } = require("./pinned-go.cjs");
const { findProgram, isExecutable } = require("./programs.cjs");

/** The oldest release seen to fetch the pinned toolchain: Debian 11's. */
const oldestFetcher = "1.15";

/**
 * Whether dotted version `a` is at least `b`.
 * @param {string} a
 * @param {string} b
 */
const atLeast = (a, b) => {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
};

/**
 * `1.26.8` out of what `go version` prints; undefined for anything else.
 * @param {string} text
 */
const parseGoVersion = (text) => /^go version go(\d+(?:\.\d+)*)/.exec(text)?.[1];

/**
 * The Go release that go.mod asks for.
 * @param {string} goMod
 */
const wantedGo = (goMod) =>
  /^toolchain go(\d+(?:\.\d+)*)/m.exec(goMod)?.[1] ??
  /^go (\d+(?:\.\d+)*)/m.exec(goMod)?.[1] ??
  "1";

/** Places in the order in which we trust them: the user's own, the official one, Debian's. */
const candidates = () => {
  const debian = fs.existsSync("/usr/lib")
    ? fs.readdirSync("/usr/lib").filter((name) => /^go-1\.\d+$/.test(name))
    : [];
  const newestFirst = debian.sort((a, b) => (atLeast(a.slice(3), b.slice(3)) ? -1 : 1));
  return [
    findProgram("go"),
    "/usr/local/go/bin/go",
    ...newestFirst.map((name) => path.join("/usr/lib", name, "bin", "go")),
  ].filter((file) => file !== undefined && isExecutable(file));
};

/** @param {string} file */
const versionOf = (file) => {
  const run = spawnSync(file, ["version"], {
    encoding: "utf8",
    cwd: "/",
    // A Go from 1.23 on counts its own use in the person's settings, where it may.
    env: { ...process.env, GOTOOLCHAIN: "local", XDG_CONFIG_HOME: "/dev/null" },
  });
  return parseGoVersion(run.stdout ?? "");
};

/**
 * The machine's first Go that is new enough.
 * @param {string} oldest
 * @returns {{ file: string, version: string } | undefined}
 */
const findGo = (oldest) => {
  for (const file of candidates()) {
    const version = versionOf(file);
    if (version !== undefined && atLeast(version, oldest)) return { file, version };
  }
  return undefined;
};

/**
 * Whether nothing on this machine can build native/ or fetch what can.
 * @param {string} clone
 */
const lacksGo = (clone) => findPinnedGo(clone) === undefined && findGo(oldestFetcher) === undefined;

/** @param {string} version */
const officialLine = (version) => {
  const processor = process.arch === "x64" ? "amd64" : process.arch;
  const archive = `https://go.dev/dl/go${version}.${process.platform}-${processor}.tar.gz`;
  return `curl -fsSL ${archive} | sudo tar -C /usr/local -xz`;
};

/**
 * A Go that satisfies go.mod: the machine's, the pinned one, or the pinned one fetched now.
 * @param {string} clone
 * @param {string} goMod text of native/go.mod
 * @returns {{ ok: true, file: string, version: string } | { ok: false, line: string }}
 */
const ensureGo = (clone, goMod) => {
  const wanted = wantedGo(goMod);
  const found = findGo(wanted) ?? findPinnedGo(clone);
  if (found !== undefined) return { ok: true, ...found };
  const fetcher = findGo(oldestFetcher);
  if (fetcher !== undefined) return fetchPinnedGo(clone, fetcher.file);
  return lacks(`missing Go >= ${wanted}; install with: ${officialLine(wanted)}`);
};

/**
 * Environment of every Go command: caches inside the clone, no C compiler, nothing fetched and
 * nothing written into the person's own folders.
 * @param {string} clone
 */
const goEnvironment = (clone) => ({
  ...process.env,
  CGO_ENABLED: "0",
  GOFLAGS: "-mod=vendor -trimpath",
  GOCACHE: path.join(clone, ".cache", "go-build"),
  GOTOOLCHAIN: "local",
  XDG_CONFIG_HOME: path.join(clone, ".cache", "go-config"),
});

module.exports = {
  atLeast,
  parseGoVersion,
  wantedGo,
  officialLine,
  lacksGo,
  ensureGo,
  goEnvironment,
};
