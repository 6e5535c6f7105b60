"use strict";
// Builds the console once per state of its sources into .build/console, from where the controller
// serves it.

const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { done, lacks, say } = require("./outcome.cjs");

/**
 * Files below a folder, sorted, without tests.
 * @param {string} folder
 * @returns {string[]}
 */
const sourceFiles = (folder) =>
  fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return sourceFiles(file);
      return entry.isFile() && !/\.test\.tsx?$/.test(entry.name) ? [file] : [];
    })
    .sort();

/**
 * Names one state of what the console is made of.
 * @param {string} clone
 */
const consoleHash = (clone) => {
  const folders = ["controller/console", "shared"].map((folder) => path.join(clone, folder));
  const files = [...folders.flatMap(sourceFiles), path.join(clone, "package-lock.json")];
  const digest = createHash("sha256");
  for (const file of files) {
    const text = fs.readFileSync(file);
    digest.update(`${path.relative(clone, file)}\0${text.length}\0`).update(text);
  }
  return digest.digest("hex");
};

/**
 * Builds when needed; a build that was cut short has left no mark and is made anew.
 * @param {string} clone
 * @returns {import('./outcome.cjs').Outcome}
 */
const buildConsole = (clone) => {
  const built = path.join(clone, ".build", "console");
  const mark = path.join(clone, ".cache", "console-hash");
  const hash = consoleHash(clone);
  const held = fs.existsSync(mark) ? fs.readFileSync(mark, "utf8") : "";
  if (held === hash && fs.existsSync(path.join(built, "index.html"))) return done;
  say("building the console (a few seconds)");
  const node = path.join(clone, "node_modules", ".bin", "node");
  const vite = path.join(clone, "node_modules", "vite", "bin", "vite.js");
  const config = path.join(clone, "controller", "console", "vite.config.ts");
  const run = spawnSync(node, [vite, "build", "--config", config, "--logLevel", "error"], {
    cwd: clone,
    encoding: "utf8",
    timeout: 300_000,
  });
  if (run.status !== 0) {
    const said = run.stderr || String(run.error);
    const why = said.split("\n").find((line) => line.startsWith("Error:")) ?? said.trim();
    return lacks(`the console was not built, the rest goes on: ${why}`);
  }
  fs.mkdirSync(path.dirname(mark), { recursive: true });
  fs.writeFileSync(mark, hash);
  return done;
};

module.exports = { buildConsole, consoleHash };
