/** Sets of values of one variable: unions of whole-number intervals, or finite or cofinite sets of words. */

/** Inclusive bounds. */
export type Interval = readonly [least: number, most: number];

/** What a variable may be; `na` says that a proven "not applicable" is in the set too. */
export type Range =
  | { readonly kind: "numbers"; readonly parts: readonly Interval[]; readonly na: boolean }
  | {
      readonly kind: "words";
      readonly words: ReadonlySet<string>;
      /** True where the set is everything but the words. */
      readonly others: boolean;
      readonly na: boolean;
    };

/** Returns a set of whole numbers from sorted parts; neighbours become one. */
export function numbers(parts: readonly Interval[], na = false): Range {
  const joined: Interval[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last === undefined || part[0] > last[1] + 1) joined.push(part);
    else joined[joined.length - 1] = [last[0], Math.max(last[1], part[1])];
  }
  return { kind: "numbers", parts: joined, na };
}

/** Returns a set of words; `others` = all but these. */
export function words(members: Iterable<string>, others = false, na = false): Range {
  return { kind: "words", words: new Set(members), others, na };
}

/** Tells whether nothing is in the set. */
export function isEmpty(range: Range): boolean {
  if (range.na) return false;
  return range.kind === "numbers"
    ? range.parts.length === 0
    : !range.others && range.words.size === 0;
}

/** Returns what is in both; both are of one variable and so of one kind. */
export function intersect(left: Range, right: Range): Range {
  const na = left.na && right.na;
  if (left.kind === "numbers" && right.kind === "numbers") {
    return numbers(intersectParts(left.parts, right.parts), na);
  }
  if (left.kind === "words" && right.kind === "words") return intersectWords(left, right, na);
  throw new Error("broken promise: ranges of one variable are of one kind");
}

type Words = Extract<Range, { kind: "words" }>;

function intersectWords(left: Words, right: Words, na: boolean): Range {
  if (left.others && right.others) return words([...left.words, ...right.words], true, na);
  if (left.others) return intersectWords(right, left, na);
  const kept = [...left.words].filter((word) => right.words.has(word) !== right.others);
  return words(kept, false, na);
}

function intersectParts(left: readonly Interval[], right: readonly Interval[]): Interval[] {
  const parts: Interval[] = [];
  for (const [least, most] of left) {
    for (const [otherLeast, otherMost] of right) {
      const part: Interval = [Math.max(least, otherLeast), Math.min(most, otherMost)];
      if (part[0] <= part[1]) parts.push(part);
    }
  }
  return parts;
}

/** Returns what is in the domain but not in the set; what is not applicable is in neither. */
export function complement(range: Range, domain: Range): Range {
  if (range.kind === "words") {
    const rest = words(range.words, !range.others);
    return { ...intersect(rest, domain), na: false };
  }
  const gaps: Interval[] = [];
  let next = -Infinity;
  for (const [least, most] of range.parts) {
    if (least > next) gaps.push([next, least - 1]);
    next = most + 1;
  }
  if (next < Infinity) gaps.push([next, Infinity]);
  return { ...intersect(numbers(gaps), domain), na: false };
}

/** Returns what is in one set but not in another. */
export function without(left: Range, right: Range): Range {
  return { ...complement(right, left), na: left.na && !right.na };
}

/** Tells whether all of `inner` is in `outer`. */
export function isWithin(inner: Range, outer: Range): boolean {
  if (inner.na && !outer.na) return false;
  if (inner.kind === "numbers" && outer.kind === "numbers") {
    return inner.parts.every(([least, most]) =>
      outer.parts.some(([otherLeast, otherMost]) => otherLeast <= least && most <= otherMost),
    );
  }
  if (inner.kind === "words" && outer.kind === "words") return wordsWithin(inner, outer);
  return false;
}

function wordsWithin(inner: Words, outer: Words): boolean {
  if (!inner.others)
    return [...inner.words].every((word) => outer.words.has(word) !== outer.others);
  return outer.others && [...outer.words].every((word) => inner.words.has(word));
}
