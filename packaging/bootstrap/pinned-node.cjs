"use strict";
// Proves that the Node of the lockfile runs on this machine. It needs libatomic, which small
// distributions leave out.

const { spawnSync } = require("node:child_process");
const { done, lacks } = require("./outcome.cjs");
const { pinnedNode } = require("./lockfile-install.cjs");
const { installPackages } = require("./system-packages.cjs");

/** @param {string} clone */
const tryNode = (clone) => spawnSync(pinnedNode(clone), ["--version"], { encoding: "utf8" });

/**
 * Runs it once; installs libatomic1 when that is what it misses, together with what else will be
 * missed, so that a person who has to type the command types one.
 * @param {string} clone
 * @param {() => string[]} others Debian names of packages
 * @returns {import('./outcome.cjs').Outcome}
 */
const provePinnedNode = (clone, others) => {
  const first = tryNode(clone);
  if (first.status === 0) return done;
  if ((first.stderr ?? "").includes("libatomic")) {
    const installed = installPackages(["libatomic1", ...others()]);
    if (!installed.ok) return installed;
  }
  const second = tryNode(clone);
  if (second.status === 0) return done;
  const reason = (second.stderr || String(second.error ?? "")).trim().split("\n").at(-1);
  return lacks(`the Node of package-lock.json does not start on this machine: ${reason}`);
};

module.exports = { provePinnedNode };
