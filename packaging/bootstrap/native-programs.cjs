"use strict";
// Builds the Go programs of native/cmd once per state of their sources, into .cache/netd/<hash>/.

const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { done, lacks, say } = require("./outcome.cjs");
const { ensureGo, goEnvironment, lacksGo } = require("./go-toolchain.cjs");

/**
 * Files below a folder, sorted, without tests. Of vendor/ only the manifest counts: go.sum, the
 * patches and it determine the rest.
 * @param {string} folder
 * @returns {string[]}
 */
const sourceFiles = (folder) =>
  fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        return entry.name === "vendor" ? [path.join(file, "modules.txt")] : sourceFiles(file);
      }
      return entry.isFile() && !entry.name.endsWith("_test.go") ? [file] : [];
    })
    .sort();

/**
 * Names one state of the sources on one platform: 32 hex digits.
 * @param {string} native
 */
const sourceHash = (native) => {
  const digest = createHash("sha256").update(`${process.platform}-${process.arch}`);
  for (const file of sourceFiles(native)) {
    const text = fs.readFileSync(file);
    digest.update(`\0${path.relative(native, file)}\0${text.length}\0`).update(text);
  }
  return digest.digest("hex").slice(0, 32);
};

/**
 * The folder in which the programs of the present sources stand, built or not.
 * @param {string} clone
 */
const programFolder = (clone) =>
  path.join(clone, ".cache", "netd", sourceHash(path.join(clone, "native")));

/** Keeps the newest few builds: each branch has its own, but not for ever. */
const sweepBuilds = (folder, keep = 4) => {
  const builds = fs
    .readdirSync(folder)
    .map((name) => path.join(folder, name))
    .sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs);
  for (const old of builds.slice(keep)) fs.rmSync(old, { recursive: true, force: true });
};

/**
 * The Go for native/ and its environment; used by the build and by the Go tests.
 * @param {string} clone
 */
const goForNative = (clone) => {
  const goMod = fs.readFileSync(path.join(clone, "native", "go.mod"), "utf8");
  const go = ensureGo(clone, goMod);
  return { ...go, env: goEnvironment(clone) };
};

/**
 * Debian name of the package that the build waits for, if any.
 * @param {string} clone
 * @returns {string[]}
 */
const missingForBuild = (clone) =>
  fs.existsSync(programFolder(clone)) || !lacksGo(clone) ? [] : ["golang-go"];

/**
 * Builds when needed. The folder appears under its name only when complete, so two set-ups at once
 * do no harm.
 * @param {string} clone
 * @returns {import('./outcome.cjs').Outcome}
 */
const buildNativePrograms = (clone) => {
  const folder = programFolder(clone);
  if (fs.existsSync(folder)) return done;
  const native = path.join(clone, "native");
  const go = goForNative(clone);
  if (!go.ok) return go;
  say(`building sallyport-netd with Go ${go.version} (about a minute the first time)`);
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const draft = fs.mkdtempSync(`${folder}-`);
  const run = spawnSync(go.file, ["build", "-o", `${draft}${path.sep}`, "./cmd/..."], {
    cwd: native,
    env: go.env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (run.status !== 0) {
    fs.rmSync(draft, { recursive: true, force: true });
    return lacks("go build of native/ failed; its message stands above");
  }
  fs.chmodSync(draft, 0o755);
  if (fs.existsSync(folder)) fs.rmSync(draft, { recursive: true, force: true });
  else fs.renameSync(draft, folder);
  sweepBuilds(path.dirname(folder));
  return done;
};

module.exports = {
  sourceHash,
  programFolder,
  goForNative,
  missingForBuild,
  buildNativePrograms,
};
