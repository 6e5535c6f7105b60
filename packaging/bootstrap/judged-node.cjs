"use strict";
// Loaded into npm. npm leaves out an optional package whose `engines` refuse npm's own Node, without
// a word; here the Node of the lockfile runs every package, so that is the one to judge by.

const path = require("node:path");
const { lockedNode } = require("./lockfile-install.cjs");

const version = lockedNode(path.resolve(__dirname, "..", ".."));
if (version !== undefined) Object.defineProperty(process, "version", { value: `v${version}` });
