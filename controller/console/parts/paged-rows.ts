/** Rows of a list that the server gives page by page. Only pages in sight are asked for again when something changes. */
import { useQueries } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

/** So many rows before they come into sight their page is asked for. */
const aheadRows = 40;

interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextAfter: string | null;
}

interface Paging<T> {
  readonly key: readonly unknown[];
  /** Rows of every page but the last. */
  readonly size: number;
  readonly read: (after: string) => Promise<PageOf<T>>;
}

/** What a table needs of a long list. */
export interface PagedRows<T> {
  /** Null until the first page came; undefined for a row whose page is not here. */
  readonly rows: readonly (T | undefined)[] | null;
  /** Whether rows are known to follow that nobody asked for yet. */
  readonly more: boolean;
  readonly error: Error | null;
  /** Is told which rows are in sight. */
  readonly see: (first: number, last: number) => void;
}

/** Reads the pages in sight; another list needs another component, by its `key`. */
export function usePagedRows<T>({ key, size, read }: Paging<T>): PagedRows<T> {
  const [held] = useState<Held<T>>(() => ({ pages: [], rows: [] }));
  const [starts, setStarts] = useState<readonly string[]>([""]);
  const [sight, setSight] = useState({ first: 0, last: 0 });
  const wanted = starts.slice(sight.first, sight.last + 1);
  const asked = useQueries({
    queries: wanted.map((after) => ({ queryKey: [...key, after], queryFn: () => read(after) })),
  });
  const nexts = asked.map(({ data }) => data?.nextAfter);
  const told = nexts.map((next) => next ?? String(next)).join(" ");
  useEffect(() => {
    setStarts((former) => nexts.reduce(withNext(sight.first), former));
    // `told` is what `nexts` says, which is another array each time.
  }, [told, sight.first]);
  const see = useCallback(
    (first: number, last: number) => {
      const page = { first: Math.floor(first / size), last: Math.floor((last + aheadRows) / size) };
      setSight((former) =>
        former.first === page.first && former.last === page.last ? former : page,
      );
    },
    [size],
  );
  const [seen] = useState(() => new Map<string, PageOf<T>>());
  asked.forEach(({ data }, place) => {
    if (data !== undefined) seen.set(wanted[place] ?? "", data);
  });
  const pages = starts.map((after) => seen.get(after));
  const error = asked.find((one) => one.error !== null)?.error ?? null;
  if (pages.every((page) => page === undefined)) return { rows: null, more: true, error, see };
  const { rows } = joined(held, pages, size);
  return { rows, more: pages.at(-1)?.nextAfter !== null, error, see };
}

interface Held<T> {
  pages: readonly (PageOf<T> | undefined)[];
  rows: readonly (T | undefined)[];
}

/** Joins pages to rows, which stay the same while the pages do. */
function joined<T>(held: Held<T>, pages: Held<T>["pages"], size: number): Held<T> {
  const same =
    pages.length === held.pages.length && pages.every((page, n) => page === held.pages[n]);
  if (same) return held;
  const absent = Array.from({ length: size }, () => undefined);
  held.pages = pages;
  held.rows = pages.flatMap<T | undefined>((page) => page?.items ?? absent);
  return held;
}

/** Where the page behind each page in sight begins, as the newest answers say. */
function withNext(first: number) {
  return (starts: readonly string[], next: string | null | undefined, place: number) => {
    const behind = first + place + 1;
    if (next === undefined || behind > starts.length) return starts;
    if (next === null) return behind === starts.length ? starts : starts.slice(0, behind);
    return starts[behind] === next
      ? starts
      : [...starts.slice(0, behind), next, ...starts.slice(behind + 1)];
  };
}
