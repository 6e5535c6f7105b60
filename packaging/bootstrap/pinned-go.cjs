"use strict";
// The Go of go-toolchain.sum, for machines whose own Go is too old for native/. That older Go
// fetches it as a module, into .cache/ of the clone, and refuses it when its sum is another.

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { lacks, say } = require("./outcome.cjs");
const { isExecutable } = require("./programs.cjs");

const sumFile = path.join(__dirname, "go-toolchain.sum");
const processors = { x64: "amd64", arm64: "arm64" };

/**
 * The pinned toolchain of a platform, or undefined where none is pinned.
 * @param {string} sums text of go-toolchain.sum
 * @param {string} platform as `linux-x64`
 * @returns {{ module: string, version: string } | undefined}
 */
const pinnedToolchain = (sums, platform) => {
  const [system, processor] = platform.split("-");
  const name = `${system}-${processors[processor]}`;
  return [...sums.matchAll(/^(\S+) (v0\.0\.1-go(\d+(?:\.\d+)*)\.(\S+)) h1:\S+$/gm)]
    .filter((line) => line[4] === name)
    .map((line) => ({ module: `${line[1]}@${line[2]}`, version: line[3] }))[0];
};

const pinnedHere = () =>
  pinnedToolchain(fs.readFileSync(sumFile, "utf8"), `${process.platform}-${process.arch}`);

/** @param {string} clone */
const toolchainFolder = (clone) => path.join(clone, ".cache", "go-toolchain");

/**
 * The pinned Go when an earlier set-up fetched it.
 * @param {string} clone
 * @returns {{ file: string, version: string } | undefined}
 */
const findPinnedGo = (clone) => {
  const pinned = pinnedHere();
  if (pinned === undefined) return undefined;
  const file = path.join(toolchainFolder(clone), path.basename(pinned.module), "bin", "go");
  return isExecutable(file) ? { file, version: pinned.version } : undefined;
};

/**
 * Every file below a folder.
 * @param {string} folder
 * @returns {string[]}
 */
const filesBelow = (folder) =>
  fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(file) : [file];
  });

/**
 * Turns a module's files into a toolchain, as the go command does when it fetches one for itself:
 * a module can carry neither executable files nor a second go.mod.
 * @param {string} folder
 */
const unpackModule = (folder) => {
  for (const file of filesBelow(path.join(folder, "src"))) {
    if (path.basename(file) !== "_go.mod") continue;
    fs.copyFileSync(file, path.join(path.dirname(file), "go.mod"));
  }
  for (const place of [path.join(folder, "bin"), path.join(folder, "pkg", "tool")]) {
    for (const file of filesBelow(place)) fs.chmodSync(file, 0o755);
  }
};

/**
 * Environment of the one download: the person's proxy settings hold, the folders are ours.
 * @param {string} cache
 * @param {NodeJS.ProcessEnv} env
 */
const fetchEnvironment = (cache, env) => ({
  ...env,
  GOENV:
    env.GOENV ?? path.join(env.XDG_CONFIG_HOME ?? path.join(os.homedir(), ".config"), "go/env"),
  XDG_CONFIG_HOME: path.join(cache, "config"),
  GO111MODULE: "on",
  GOFLAGS: "-modcacherw",
  GOMODCACHE: cache,
  GOPATH: cache,
  GOTOOLCHAIN: "local",
  GOWORK: "off",
});

/**
 * Fetches the pinned Go through the Go module proxy. Its folder appears under its name only when
 * complete.
 * @param {string} clone
 * @param {string} fetcher the older Go
 * @returns {{ ok: true, file: string, version: string } | { ok: false, line: string }}
 */
const fetchPinnedGo = (clone, fetcher) => {
  const pinned = pinnedHere();
  if (pinned === undefined) return lacks(`no Go is pinned for ${process.platform}-${process.arch}`);
  say(`fetching Go ${pinned.version} (70 MB, from the Go module proxy)`);
  const folder = toolchainFolder(clone);
  fs.mkdirSync(folder, { recursive: true });
  const draft = fs.mkdtempSync(path.join(folder, "draft-"));
  try {
    fs.writeFileSync(path.join(draft, "go.mod"), "module sallyport.dev/toolchain\n");
    fs.copyFileSync(sumFile, path.join(draft, "go.sum"));
    const cache = path.join(draft, "cache");
    const run = spawnSync(fetcher, ["mod", "download", pinned.module], {
      cwd: draft,
      env: fetchEnvironment(cache, process.env),
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (run.status !== 0) {
      return lacks(`go mod download ${pinned.module} failed; its message stands above`);
    }
    const fetched = path.join(cache, pinned.module);
    unpackModule(fetched);
    if (findPinnedGo(clone) === undefined) {
      fs.renameSync(fetched, path.join(folder, path.basename(pinned.module)));
    }
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
  const found = findPinnedGo(clone);
  return found === undefined ? lacks(`${pinned.module} holds no Go`) : { ok: true, ...found };
};

module.exports = { pinnedToolchain, findPinnedGo, fetchPinnedGo, unpackModule };
