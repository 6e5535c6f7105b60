const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Prefixes of the id families. */
export type IdPrefix =
  | "dev"
  | "gw"
  | "sit"
  | "res"
  | "pol"
  | "lvl"
  | "dec"
  | "ses"
  | "ek"
  | "usr"
  | "grp"
  | "evt"
  | "adm"
  | "tok"
  | "req";

/** Matches any id: prefix, underscore, 26 lower-case Crockford base32 characters. */
export const idPattern =
  /^(dev|gw|sit|res|pol|lvl|dec|ses|ek|usr|grp|evt|adm|tok|req)_[0-9a-hjkmnp-tv-z]{26}$/;

/** Returns a time-ordered id from ms since epoch and 10 random bytes drawn by the caller. */
export function makeId(prefix: IdPrefix, nowMs: number, random: Uint8Array): string {
  if (random.length !== 10) throw new Error("an id needs 10 random bytes");
  let time = "";
  let rest = nowMs;
  for (let index = 0; index < 10; index++) {
    time = (alphabet[rest % 32] ?? "") + time;
    rest = Math.floor(rest / 32);
  }
  return `${prefix}_${time}${base32(random)}`;
}

/** Returns lower-case Crockford base32 of bytes; the last character is padded with zero bits. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31] ?? "";
      held &= (1 << bits) - 1;
    }
  }
  if (bits > 0) text += alphabet[(held << (5 - bits)) & 31] ?? "";
  return text;
}

/** Returns the people-friendly reference of a decision id: its last 8 characters as `7QK2-M4XE`. */
export function referenceOf(decisionId: string): string {
  const tail = decisionId.slice(-8).toUpperCase();
  return `${tail.slice(0, 4)}-${tail.slice(4)}`;
}
