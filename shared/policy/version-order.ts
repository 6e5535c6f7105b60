const pattern = /^\d{1,9}(?:\.\d{1,9}){0,7}/;

/** Returns the leading numbers of a version (`6.1.0-18` is 6, 1, 0), or null where there are none. */
export function parseVersion(text: string): readonly number[] | null {
  const match = pattern.exec(text);
  return match === null ? null : match[0].split(".").map(Number);
}

/** Returns < 0, 0 or > 0 as for sorting; missing numbers count as 0, so 1.2 equals 1.2.0. */
export function compareVersions(left: readonly number[], right: readonly number[]): number {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
