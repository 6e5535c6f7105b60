/** Words and tones of what the API names by codes. */

/** What a colour and a shape stand for; never the colour alone. */
export type Tone = "met" | "grace" | "key" | "unmet" | "unknown" | "locked" | "info";

/** A word with its tone. */
export interface Said {
  readonly tone: Tone;
  readonly word: string;
}

const effects: Readonly<Record<string, Said>> = {
  allow: { tone: "met", word: "allow" },
  stepUp: { tone: "key", word: "step-up" },
  deny: { tone: "unmet", word: "deny" },
};

const verdicts: Readonly<Record<string, Said>> = {
  met: { tone: "met", word: "met" },
  grace: { tone: "grace", word: "grace" },
  notMet: { tone: "unmet", word: "not met" },
  unknown: { tone: "unknown", word: "unknown" },
};

const standings: Readonly<Record<string, Said>> = {
  active: { tone: "met", word: "active" },
  clear: { tone: "met", word: "with all open" },
  closed: { tone: "unmet", word: "with something closed" },
  away: { tone: "unknown", word: "away" },
  pending: { tone: "grace", word: "waits for approval" },
  unattested: { tone: "grace", word: "not vouched for" },
  quarantined: { tone: "locked", word: "quarantined" },
  revoked: { tone: "locked", word: "revoked" },
};

const states: Readonly<Record<string, Said>> = {
  open: { tone: "met", word: "open" },
  live: { tone: "met", word: "live" },
  "used up": { tone: "unknown", word: "used up" },
  expired: { tone: "unknown", word: "expired" },
  revoked: { tone: "locked", word: "revoked" },
};

const requests: Readonly<Record<string, Said>> = {
  pending: { tone: "grace", word: "waits" },
  approved: { tone: "met", word: "approved" },
  denied: { tone: "unmet", word: "denied" },
  ended: { tone: "locked", word: "ended" },
  over: { tone: "unknown", word: "over" },
};

const accesses: Readonly<Record<string, Said>> = {
  open: { tone: "met", word: "open" },
  stepUp: { tone: "key", word: "step-up" },
  closed: { tone: "unmet", word: "closed" },
};

function said(words: Readonly<Record<string, Said>>, code: string): Said {
  return words[code] ?? { tone: "unknown", word: code };
}

/** Says what a decision answers. */
export const effectSaid = (code: string): Said => said(effects, code);
/** Says how a level stands. */
export const verdictSaid = (code: string): Said => said(verdicts, code);
/** Says how an identity stands; active ones also by what is open to them. */
export const standingSaid = (code: string): Said => said(standings, code);
/** Says how a key or a token stands. */
export const stateSaid = (code: string): Said => said(states, code);
/** Says how a request for access stands. */
export const requestSaid = (code: string): Said => said(requests, code);
/** Says what a plan finds for a resource. */
export const accessSaid = (code: string): Said => said(accesses, code);

/** Returns a fact's reading as people write it. */
export function readingText(
  reading:
    | { readonly kind: "known"; readonly value: boolean | number | string | readonly string[] }
    | { readonly kind: "unknown"; readonly reason: string }
    | { readonly kind: "notApplicable"; readonly proof: string },
): string {
  switch (reading.kind) {
    case "known":
      return Array.isArray(reading.value)
        ? reading.value.join(", ") || "none"
        : String(reading.value);
    case "unknown":
      return `unknown: ${reading.reason.replaceAll("_", " ")}`;
    case "notApplicable":
      return `does not apply: ${reading.proof}`;
  }
}

/** Tells whether a text is a reference that people read aloud, such as 7QK2-M4XE. */
export function isReference(text: string): boolean {
  return /^[0-9a-hjkmnp-tv-z]{4}-?[0-9a-hjkmnp-tv-z]{4}$/i.test(text.trim());
}

/** Returns so many of a thing. */
export function countText(count: number, thing: "access" | "device"): string {
  if (count === 1) return `1 ${thing}`;
  return `${count} ${thing === "access" ? "accesses" : "devices"}`;
}
