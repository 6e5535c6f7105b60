import { createHash, timingSafeEqual } from "node:crypto";
import { CodedError } from "#shared/base/coded-error.ts";
import { type EnrolmentKey, enrolmentKey } from "#shared/protocol/enrolment.ts";
import { parseJson } from "../json-text.ts";

const prefix = "sp1_";
const checkBytes = 4;

/** Returns the content of an `sp1_` key, or throws SP-104; the message never shows the key. */
export function parseEnrolmentKey(text: string): EnrolmentKey {
  if (!text.startsWith(prefix)) throw malformed("it does not start with `sp1_`");
  if (text.length > 512) throw malformed("it is longer than 512 characters");
  const body = text.slice(prefix.length);
  if (!/^[A-Za-z0-9_-]+$/.test(body)) throw malformed("it has characters that a key never has");
  const bytes = Buffer.from(body, "base64url");
  const json = bytes.subarray(0, -checkBytes);
  const check = bytes.subarray(-checkBytes);
  const sum = createHash("sha256").update(json).digest().subarray(0, checkBytes);
  if (check.length !== checkBytes || !timingSafeEqual(sum, check)) {
    throw malformed("its check sum does not match: characters are missing or changed");
  }
  const parsed = enrolmentKey.safeParse(parseJson(json.toString("utf8")));
  if (!parsed.success) throw malformed("its content is not understood");
  return parsed.data;
}

function malformed(why: string): CodedError {
  return new CodedError("SP-104", { why });
}
