/** The key-encryption key in a file that only its owner can read. */
import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { CodedError } from "#shared/base/coded-error.ts";
import { type Secret, secret } from "#shared/base/secret.ts";
import { writeNewFile } from "./new-file.ts";

const kekBytes = 32;

/** Makes a new key file (0600); refuses to replace one. */
export function makeKeyFile(path: string): void {
  writeNewFile(path, `${randomBytes(kekBytes).toString("base64url")}\n`);
}

/** Returns the key; throws SP-804 where the file is absent, malformed or readable by others. */
export function readKeyFile(path: string): Secret<Uint8Array> {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (cause) {
    throw new CodedError("SP-804", { file: path, why: "it cannot be opened" }, { cause });
  }
  try {
    if ((fstatSync(descriptor).mode & 0o077) !== 0) {
      throw new CodedError("SP-804", { file: path, why: "others may read it; chmod it to 0600" });
    }
    const text = readFileSync(descriptor, "utf8").trim();
    const key = Buffer.from(text, "base64url");
    if (key.length !== kekBytes || key.toString("base64url") !== text) {
      throw new CodedError("SP-804", { file: path, why: "it does not hold 32 base64url bytes" });
    }
    return secret(key);
  } finally {
    closeSync(descriptor);
  }
}
