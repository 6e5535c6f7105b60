"use strict";
// Finds a Go that can build native/: any Go >= 1.21 fetches the version named in go.mod by itself.

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { lacks } = require("./outcome.cjs");
const { findProgram, isExecutable } = require("./programs.cjs");
const { installPackages, mayInstall } = require("./system-packages.cjs");

/** The first release that reads the toolchain line of go.mod. */
const oldestUsable = "1.21";

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
  oldestUsable;

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
    env: { ...process.env, GOTOOLCHAIN: "local" },
  });
  return parseGoVersion(run.stdout ?? "");
};

/** @returns {{ file: string, version: string } | undefined} */
const findGo = () => {
  for (const file of candidates()) {
    const version = versionOf(file);
    if (version !== undefined && atLeast(version, oldestUsable)) return { file, version };
  }
  return undefined;
};

/** The version apt would install, or undefined. */
const aptGoVersion = () => {
  const run = spawnSync("/usr/bin/apt-cache", ["policy", "golang-go"], { encoding: "utf8" });
  return /Candidate: (?:\d+:)?(\d+\.\d+)/.exec(run.stdout ?? "")?.[1];
};

/** @param {string} version */
const officialLine = (version) => {
  const processor = process.arch === "x64" ? "amd64" : process.arch;
  const archive = `https://go.dev/dl/go${version}.${process.platform}-${processor}.tar.gz`;
  return `curl -fsSL ${archive} | sudo tar -C /usr/local -xz`;
};

/**
 * A usable Go, installed by apt when its Go is new enough and we are root.
 * @param {string} goMod text of native/go.mod
 * @returns {{ ok: true, file: string, version: string } | { ok: false, line: string }}
 */
const ensureGo = (goMod) => {
  const found = findGo();
  if (found !== undefined) return { ok: true, ...found };
  const offered = mayInstall() ? aptGoVersion() : undefined;
  if (offered !== undefined && atLeast(offered, oldestUsable)) {
    const installed = installPackages(["golang-go"]);
    if (!installed.ok) return installed;
    const second = findGo();
    if (second !== undefined) return { ok: true, ...second };
  }
  return lacks(`missing Go >= ${oldestUsable}; install with: ${officialLine(wantedGo(goMod))}`);
};

/**
 * Environment of every Go command: caches inside the clone, no C compiler, a newer toolchain is
 * fetched only when go.mod needs one.
 * @param {string} clone
 * @param {boolean} newEnough whether the Go at hand satisfies go.mod
 */
const goEnvironment = (clone, newEnough) => ({
  ...process.env,
  CGO_ENABLED: "0",
  GOFLAGS: "-mod=vendor -trimpath",
  GOCACHE: path.join(clone, ".cache", "go-build"),
  GOTOOLCHAIN: newEnough ? "local" : "auto",
  ...(newEnough ? {} : { GOPATH: path.join(clone, ".cache", "go") }),
});

module.exports = { atLeast, parseGoVersion, wantedGo, officialLine, ensureGo, goEnvironment };
