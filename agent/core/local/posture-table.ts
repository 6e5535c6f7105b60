import { catalogue } from "#shared/posture/catalogue.ts";
import type { CatalogueEntry, FixText } from "#shared/posture/catalogue-entry.ts";
import type { Fact, Reading } from "#shared/posture/fact.ts";
import { rfc3339 } from "#shared/base/rfc3339.ts";
import type { Moment } from "../moment.ts";
import { checkedAgeMs, factsOf, type PostureState } from "../posture/posture.ts";

/** One line of `sallyport posture`: a signal with what is known of it; times are RFC 3339. */
export interface PostureRow {
  readonly signal: string;
  readonly title: string;
  readonly why: string;
  readonly who: "user" | "it";
  readonly fix: FixText;
  readonly reading: Reading | null;
  readonly source: string | null;
  readonly observedAt: string | null;
  readonly checkedAgeMs: number | null;
  /** The controller keeps something closed because of it. */
  readonly blocking: boolean;
}

/** Returns a row for every signal of the catalogue, also those that were never read. */
export function postureTable(
  state: PostureState,
  blocking: ReadonlySet<string>,
  now: Moment,
): readonly PostureRow[] {
  const facts = new Map(factsOf(state).map((fact) => [fact.signal, fact]));
  return catalogue.map((entry) => ({
    ...rowOf(entry, facts.get(entry.signal) ?? null, checkedAgeMs(state, entry.signal, now)),
    blocking: blocking.has(entry.signal),
  }));
}

function rowOf(
  entry: CatalogueEntry,
  fact: Fact | null,
  age: number | null,
): Omit<PostureRow, "blocking"> {
  const { signal, title, why, who } = entry;
  return {
    signal,
    title,
    why,
    who,
    fix: entry.fix.linux,
    reading: fact?.reading ?? null,
    source: fact?.source ?? null,
    observedAt: fact === null ? null : rfc3339(fact.observedAt),
    checkedAgeMs: age === null ? null : Math.round(age),
  };
}
