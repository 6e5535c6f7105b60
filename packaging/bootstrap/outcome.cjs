"use strict";
// What a set-up step gives back. A step never throws for what the machine lacks: it returns the one
// exact line that tells the reader what to do.

/** @typedef {{ ok: true } | { ok: false, line: string }} Outcome */

/** A step that found or made what it is for. */
const done = Object.freeze({ ok: true });

/**
 * A step that cannot go on; `line` names what is missing and the command that cures it.
 * @param {string} line
 * @returns {{ ok: false, line: string }}
 */
const lacks = (line) => ({ ok: false, line: `sallyport set-up: ${line}` });

/**
 * Tells on stderr that something slow begins, so that stdout stays for the program's own output.
 * @param {string} line
 */
const say = (line) => {
  process.stderr.write(`sallyport set-up: ${line}\n`);
};

module.exports = { done, lacks, say };
