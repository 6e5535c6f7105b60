/** Returns how old something is, in words. It stands on nothing else: the page's script is made of its text. */
export function agoText(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1_000));
  if (seconds < 120) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

/** Returns how long something lasted, in words. */
export function spanText(spanMs: number): string {
  return agoText(spanMs).replace(/ ago$/, "");
}
