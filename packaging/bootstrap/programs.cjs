"use strict";
// Finds programs by name without a shell. Administrators' folders count although ordinary users'
// PATH leaves them out.

const fs = require("node:fs");
const path = require("node:path");

const systemFolders = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
];

/** @param {string} file */
const isExecutable = (file) => {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false; // absent and not executable are one answer here
  }
};

/**
 * Absolute path of the first match, or undefined.
 * @param {string} name
 * @param {string} [searchPath]
 */
const findProgram = (name, searchPath = process.env.PATH ?? "") => {
  const folders = [...searchPath.split(path.delimiter).filter(path.isAbsolute), ...systemFolders];
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
};

module.exports = { findProgram, isExecutable };
