import { catalogue } from "#shared/posture/catalogue.ts";
import type { CatalogueEntry, FixText, OperatingSystem } from "#shared/posture/catalogue-entry.ts";
import type { Fact, Reading } from "#shared/posture/fact.ts";
import { fixTextOf } from "#shared/posture/fix-text.ts";
import type { ReadingOf } from "#shared/posture/fix-text.ts";
import { rfc3339 } from "#shared/base/rfc3339.ts";
import type { Moment } from "../moment.ts";
import { checkedAgeMs, factsOf } from "../posture/posture.ts";
import type { PostureState } from "../posture/posture-state.ts";

/** The first look is still under way. */
const pending = { kind: "unknown", reason: "pending" } as const;

/** One line of `sallyport posture`: a signal with what is known of it; times are RFC 3339. */
export interface PostureRow {
  readonly signal: string;
  readonly title: string;
  readonly why: string;
  readonly who: "user" | "it";
  readonly fix: FixText;
  /** Null where nobody looks. */
  readonly reading: Reading | typeof pending | null;
  readonly source: string | null;
  readonly observedAt: string | null;
  readonly checkedAgeMs: number | null;
  /** The controller keeps something closed because of it. */
  readonly blocking: boolean;
  /** Levels that look at it, and whether it is as they want it. */
  readonly levels: readonly { readonly id: string; readonly met: boolean }[];
}

/** What the controller said about the table's signals. */
export interface PostureVerdict {
  readonly blocking: ReadonlySet<string>;
  readonly levels: readonly {
    readonly id: string;
    readonly needs?: readonly { readonly signal: string; readonly met: boolean }[] | undefined;
  }[];
}

/** Returns a row for every signal of the catalogue, also those that were never read. */
export function postureTable(
  state: PostureState,
  { blocking, levels }: PostureVerdict,
  now: Moment,
): readonly PostureRow[] {
  const facts = new Map(factsOf(state).map((fact) => [fact.signal, fact]));
  const sought = new Set(state.groups.flatMap(({ group }) => group.signals));
  const os = state.os;
  const readingOf = (signal: string) => facts.get(signal)?.reading;
  return catalogue
    .filter((entry) => entry.os.includes(os))
    .map((entry) => ({
      ...rowOf(entry, facts.get(entry.signal) ?? null, {
        os,
        readingOf,
        age: ageOf(entry),
      }),
      reading: facts.get(entry.signal)?.reading ?? (sought.has(entry.signal) ? pending : null),
      blocking: blocking.has(entry.signal),
      levels: levels.flatMap(({ id, needs }) =>
        (needs ?? [])
          .filter(({ signal }) => signal === entry.signal)
          .map(({ met }) => ({ id, met })),
      ),
    }));

  function ageOf(entry: CatalogueEntry): number | null {
    return checkedAgeMs(state, entry.signal, now);
  }
}

function rowOf(
  entry: CatalogueEntry,
  fact: Fact | null,
  {
    os,
    readingOf,
    age,
  }: {
    readonly os: OperatingSystem;
    readonly readingOf: ReadingOf;
    readonly age: number | null;
  },
): Omit<PostureRow, "blocking" | "levels" | "reading"> {
  const { signal, title, why, who } = entry;
  return {
    signal,
    title,
    why,
    who,
    fix: fixTextOf(entry, os, readingOf),
    source: fact?.source ?? null,
    observedAt: fact === null ? null : rfc3339(fact.observedAt),
    checkedAgeMs: age === null ? null : Math.round(age),
  };
}
