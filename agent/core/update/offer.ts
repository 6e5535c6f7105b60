/** Whether a package that was offered is taken: never an older one, and not before it is our turn. */

/** What the signed metadata says of a package beside its length and hash. */
export interface Offer {
  readonly version: string;
  /** Share of machines, 0 to 100, that take it now. */
  readonly rollout: number;
}

/** What becomes of an offer. */
export type Verdict = "take" | "current" | "older" | "later";

/** Returns the verdict; `draw` is this machine's place, 0 to 99, for this version. */
export function judgeOffer(installed: string, offer: Offer, draw: number): Verdict {
  const order = compareVersions(offer.version, installed);
  if (order === 0) return "current";
  if (order < 0) return "older";
  return draw < offer.rollout ? "take" : "later";
}

/** Orders versions of three numbers; whatever follows a `+` says nothing about order. */
export function compareVersions(left: string, right: string): number {
  const [one, other] = [partsOf(left), partsOf(right)];
  for (let at = 0; at < 3; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

function partsOf(version: string): readonly number[] {
  return (version.split(/[+-]/)[0] ?? "").split(".").map(Number);
}
