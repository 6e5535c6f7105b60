"use strict";
// Set-up before `npm start`, `npm test` and `npm run check`, run by whatever Node the system has
// (>= 18): it must need nothing but that Node. What the lab alone misses does not stop the tests:
// it is left in .cache/setup.json, from where the lab reports it.

const fs = require("node:fs");
const path = require("node:path");
const { done, lacks } = require("./outcome.cjs");
const { installFromLockfile } = require("./lockfile-install.cjs");
const { provePinnedNode } = require("./pinned-node.cjs");
const { installPackages, missingTools } = require("./system-packages.cjs");
const { buildNativePrograms } = require("./native-programs.cjs");

const exitMachineLacks = 3;

/** What only the lab and the native tests need; each step runs even if the former failed. */
const labSteps = [
  () => (process.platform === "linux" ? done : lacks("the lab needs Linux")),
  () => (process.platform === "linux" ? installPackages(missingTools()) : done),
  buildNativePrograms,
];

/**
 * Runs every step; the answer is the process's exit code.
 * @param {string} clone
 * @param {boolean} withLab
 */
const setUp = (clone, withLab) => {
  for (const step of [installFromLockfile, provePinnedNode]) {
    const outcome = step(clone);
    if (!outcome.ok) {
      process.stderr.write(`${outcome.line}\n`);
      return exitMachineLacks;
    }
  }
  if (!withLab) return 0;
  const missing = labSteps.map((step) => step(clone)).filter((outcome) => !outcome.ok);
  const lines = missing.map((outcome) => outcome.line);
  fs.writeFileSync(path.join(clone, ".cache", "setup.json"), JSON.stringify({ missing: lines }));
  for (const line of lines) process.stderr.write(`${line}\n`);
  return 0;
};

process.exitCode = setUp(path.resolve(__dirname, "..", ".."), !process.argv.includes("--no-lab"));
