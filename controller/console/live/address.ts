/** Returns what the part behind the hash holds and takes it away: it is for one look, and for nobody's history. */
export function takeFromAddress(pattern: RegExp): string | null {
  const found = pattern.exec(location.hash)?.[1] ?? null;
  if (found !== null) history.replaceState(null, "", location.pathname + location.search);
  return found;
}
