const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** All texts of ten bits: ids are made by half a million a second. */
const pairs = Array.from(
  { length: 1_024 },
  (_, bits) => alphabet.charAt(bits >> 5) + alphabet.charAt(bits & 31),
);
const bits30 = 0x4000_0000;
const hyphen = 0x2d;
const referenceLetters = 8;
const [firstLowerCase, caseDistance] = [0x61, 0x20];

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
  const high = Math.floor(nowMs / bits30);
  const low = nowMs - high * bits30;
  const time = pair(high >>> 10) + pair(high) + pair(low >>> 20) + pair(low >>> 10) + pair(low);
  return `${prefix}_${time}${fiveBytes(random, 0)}${fiveBytes(random, 5)}`;
}

function fiveBytes(bytes: Uint8Array, from: number): string {
  const [a, b, c] = [byte(bytes, from), byte(bytes, from + 1), byte(bytes, from + 2)];
  const [d, e] = [byte(bytes, from + 3), byte(bytes, from + 4)];
  return (
    pair((a << 2) | (b >>> 6)) +
    pair((b << 4) | (c >>> 4)) +
    pair((c << 6) | (d >>> 2)) +
    pair((d << 8) | e)
  );
}

/** Returns the two letters of the lowest ten bits. */
export function pair(bits: number): string {
  return pairs[bits & 1_023] as string;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
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
  const start = decisionId.length - referenceLetters;
  const upper = (index: number) => {
    const letter = decisionId.charCodeAt(start + index);
    return letter < firstLowerCase ? letter : letter - caseDistance;
  };
  return String.fromCharCode(
    upper(0),
    upper(1),
    upper(2),
    upper(3),
    hyphen,
    upper(4),
    upper(5),
    upper(6),
    upper(7),
  );
}
