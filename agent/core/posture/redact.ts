/** Takes secrets out of raw tool output before it is kept on the device for people to look at. */

/** Raw output is kept up to this many characters. */
export const rawLimit = 2_048;

/** Names whose value is never kept, in `Name: value`, `name=value`, columns, `"name": "value"` and plist forms. */
const secretNames =
  "\\w*(?:password|passwd|passphrase|secret|token)|site[ _-]?key|recovery[ _-]?key|api[ _-]?key|" +
  "private[ _-]?key|cid|customer[ _-]?id|psk|authorization";

const valueOf = (names: string) =>
  new RegExp(
    `(["']?\\b(?:${names})\\b["']?(?:\\s*[=:]\\s*|[ \\t]{2,}|\\t))("[^"]*"|'[^']*'|(?:(?:Bearer|Basic)\\s+)?[^\\s,;]+)`,
    "giu",
  );
const named = valueOf(secretNames);
/** What people type may hold spaces, and keys are printed byte by byte: nothing after these is kept. */
const phrase =
  /\b(\w*(?:pass[ _-]?(?:word|wd|phrase|code)|(?:recovery|master|volume)[ _-]?key)\b["']?\s*[=:][ \t]*)(?!["'])\S[^\n]*/giu;
/** A key as bytes, over lines, and as dm-crypt's table shows it. */
const hexBytes = /\b[0-9a-f]{2}(?:\s+[0-9a-f]{2}){15,}\b/giu;
const tableKey = /(\bcrypt \S+ )[0-9a-f]{32,}/giu;
/** What opens a disk without its passphrase: FileVault's and systemd's. */
const recoveryKey =
  /\b(?:[A-Z0-9]{4}(?:-[A-Z0-9]{4}){5}|[cbdefghijklnrtuv]{8}(?:-[cbdefghijklnrtuv]{8}){7})\b/gu;
const plistValueOf = (names: string) =>
  new RegExp(`(<key>(?:${names})</key>\\s*<(?:string|data)>)[^<]*`, "giu");
const namedInPlist = plistValueOf(secretNames);
const pem = /-----BEGIN [A-Z ]+-----[^-]*(-----END [A-Z ]+-----)?/gu;
const bitLockerKey = /\b\d{6}(-\d{6}){7}\b/gu;
const bearer = /\b(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?)/gu;
/** Base64 of 32 bytes and more that is not a hex digest: keys look like this. */
const longBase64 = /\b(?![0-9a-fA-F]+\b)[A-Za-z0-9+/]{43,}={0,2}/gu;

/** Keys of enrolment, and who asks in addresses: a name alone may be a token, a password may hold an `@`. */
const enrolmentKey = /sp1_[A-Za-z0-9_-]+/gu;
const userInfo = /(:\/\/)[^/\s?#"'<>]*@/gu;
/** As above, in the alphabet of addresses; names with that many letters and no gap are lost as well. */
const longBase64url = /\b(?![0-9a-fA-F]+\b)[A-Za-z0-9_-]{43,}/gu;

/** Tells whether a member of this name holds a secret, whatever its value looks like. */
export function isSecretName(name: string): boolean {
  return new RegExp(`^(?:${secretNames})$`, "iu").test(name.replace(/([a-z])([A-Z])/gu, "$1_$2"));
}

/** Returns a text without the values of these names, which one product alone prints. */
export function redactNamed(text: string, names: readonly string[]): string {
  if (names.length === 0) return text;
  const pattern = names.map((name) => name.replace(/[^a-z]+/giu, "[ _-]?")).join("|");
  return text
    .replace(valueOf(pattern), "$1[redacted]")
    .replace(plistValueOf(pattern), "$1[redacted]");
}

/** Returns a text without anything that looks like a secret. */
export function redactSecrets(text: string): string {
  return text
    .replace(pem, "[redacted]")
    .replace(enrolmentKey, "[redacted]")
    .replace(userInfo, "$1[redacted]@")
    .replace(bitLockerKey, "[redacted]")
    .replace(recoveryKey, "[redacted]")
    .replace(hexBytes, "[redacted]")
    .replace(tableKey, "$1[redacted]")
    .replace(phrase, "$1[redacted]")
    .replace(bearer, "[redacted]")
    .replace(named, "$1[redacted]")
    .replace(namedInPlist, "$1[redacted]")
    .replace(longBase64, "[redacted]")
    .replace(longBase64url, "[redacted]");
}

/** Returns the first 2048 characters without secrets and without control characters other than line ends. */
export function redactRaw(text: string): string {
  return redactSecrets(text.slice(0, rawLimit * 4))
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu, "")
    .slice(0, rawLimit);
}
