/** Finds certificates in PEM text and what of a bundle its distribution did not bring. */

/** More than this in one store is no store any more. */
const certificatesMax = 4_096;

/** Returns the base64 bodies of all certificates in a text; null when one is cut or there are too many. */
export function certificateBodies(text: string): readonly string[] | null {
  const bodies: string[] = [];
  const begins = text.split("-----BEGIN CERTIFICATE-----").length - 1;
  const pattern =
    /-----BEGIN CERTIFICATE-----\s*([A-Za-z0-9+/=\s]{1,65536}?)-----END CERTIFICATE-----/g;
  for (const match of text.matchAll(pattern)) {
    bodies.push((match[1] ?? "").replace(/\s+/g, ""));
    if (bodies.length > certificatesMax) return null;
  }
  return bodies.length === begins ? bodies : null;
}

/** Returns the members of the store that are not among the distribution's own, sorted. */
export function extraOf(store: readonly string[], own: ReadonlySet<string>): readonly string[] {
  return [...new Set(store.filter((member) => !own.has(member)))].sort();
}
