"use strict";
// Set-up before `npm start`, `npm test` and `npm run check`, run by whatever Node the system has
// (>= 18): it must need nothing but that Node. What the lab alone misses does not stop the tests:
// it is left in .cache/setup.json, from where the lab reports it.

const fs = require("node:fs");
const path = require("node:path");
const { buildConsole } = require("./console.cjs");
const { lacks } = require("./outcome.cjs");
const { installFromLockfile } = require("./lockfile-install.cjs");
const { provePinnedNode } = require("./pinned-node.cjs");
const { installPackages, missingTools } = require("./system-packages.cjs");
const { refusedWrite, requireWritable } = require("./refused-write.cjs");
const { buildNativePrograms, missingForBuild } = require("./native-programs.cjs");

const exitMachineLacks = 3;
const isLinux = process.platform === "linux";

/** Debian names of what only the lab and the native tests need and the machine does not have. */
const missingForLab = (clone) => (isLinux ? [...missingTools(), ...missingForBuild(clone)] : []);

/** Lines that say what keeps the lab from running; a build that waits for its Go is not tried. */
const setUpLab = (clone) => {
  const packages = missingForLab(clone);
  const system = isLinux ? installPackages(packages) : lacks("the lab needs Linux");
  const mayBuild = system.ok || !packages.includes("golang-go");
  const outcomes = mayBuild ? [system, buildNativePrograms(clone)] : [system];
  return outcomes.filter((outcome) => !outcome.ok).map((outcome) => outcome.line);
};

/**
 * Runs every step; the answer is the process's exit code.
 * @param {string} clone
 * @param {boolean} withLab
 */
const setUp = (clone, withLab) => {
  const others = () => (withLab ? missingForLab(clone) : []);
  for (const step of [installFromLockfile, provePinnedNode]) {
    const outcome = step(clone, others);
    if (!outcome.ok) {
      process.stderr.write(`${outcome.line}\n`);
      return exitMachineLacks;
    }
  }
  if (!withLab) return 0;
  const built = buildConsole(clone);
  // The lab's story needs no browser: where the bundler's native part is absent, the rest goes on.
  if (!built.ok) process.stderr.write(`${built.line}\n`);
  const missing = setUpLab(clone);
  fs.writeFileSync(path.join(clone, ".cache", "setup.json"), JSON.stringify({ missing }));
  for (const line of missing) process.stderr.write(`${line}\n`);
  return 0;
};

const clone = path.resolve(__dirname, "..", "..");
try {
  requireWritable(clone);
  process.exitCode = setUp(clone, !process.argv.includes("--no-lab"));
} catch (error) {
  const refused = refusedWrite(error, clone);
  if (refused === undefined) throw error;
  process.stderr.write(`${refused.line}\n`);
  process.exitCode = exitMachineLacks;
}
