"use strict";
// A clone that cannot be written is a lack of the machine like any other.

const fs = require("node:fs");
const path = require("node:path");
const { lacks } = require("./outcome.cjs");

/** What the set-up, the lab and the tests write: one start as root can make any of them root's. */
const written = [
  ".",
  "node_modules",
  ".cache",
  ...["install.json", "setup.json", "netd", "go-build", "go-toolchain", "lab", "test"].map((name) =>
    path.join(".cache", name),
  ),
];

/**
 * Throws where a later step would, before the first slow one.
 * @param {string} clone
 * @param {(place: string, mode: number) => void} [access]
 */
const requireWritable = (clone, access = fs.accessSync) => {
  for (const place of written.map((name) => path.join(clone, name))) {
    if (fs.existsSync(place)) access(place, fs.constants.W_OK);
  }
};

/**
 * The line for a write that the system refused; undefined for every other error.
 * @param {Error & { code?: string, path?: string }} error
 * @param {string} clone
 */
const refusedWrite = (error, clone) => {
  const what = error.path ?? clone;
  const rebuilt = [".cache", "node_modules"].map((name) => path.join(clone, name)).join(" ");
  switch (error.code ?? "") {
    case "EACCES":
    case "EPERM":
      return path.resolve(what) === path.resolve(clone)
        ? lacks(`${clone} is not yours to write; clone into a folder of your own`)
        : lacks(`${what} belongs to another user; it is built anew after: sudo rm -rf ${rebuilt}`);
    case "EROFS":
      return lacks(`${what} is on a read-only file system; clone to where you may write`);
    case "ENOSPC":
    case "EDQUOT":
      return lacks(`no space left for ${what}; the set-up needs about 2 GB`);
    default:
      return undefined;
  }
};

module.exports = { refusedWrite, requireWritable };
