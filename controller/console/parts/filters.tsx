import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useSearchParams } from "wouter";

/** What a list is narrowed by; null where it is not. */
export interface Filters<Name extends string> {
  readonly values: Readonly<Record<Name, string | null>>;
  readonly some: boolean;
  readonly set: (name: Name, value: string | null) => void;
  readonly clear: () => void;
}

/** Keeps filters in the address, so that it shows the same rows in another browser. */
export function useFilters<Name extends string>(...names: readonly Name[]): Filters<Name> {
  const [search, setSearch] = useSearchParams();
  const values = Object.fromEntries(names.map((name) => [name, search.get(name)]));
  const change = (name: Name, value: string | null) => (former: URLSearchParams) => {
    const next = new URLSearchParams(former);
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
    return next;
  };
  return {
    values: values as Record<Name, string | null>,
    some: Object.values(values).some((value) => value !== null),
    // Back leads to the page before, not through what was typed.
    set: (name, value) => setSearch(change(name, value), { replace: true }),
    clear: () => setSearch(new URLSearchParams(), { replace: true }),
  };
}

/** The way out of filters that hide too much. */
export function ClearFilters({ some, clear }: Pick<Filters<string>, "some" | "clear">): ReactNode {
  if (!some) return null;
  return (
    <Button size="xs" variant="subtle" onClick={clear}>
      Clear filters
    </Button>
  );
}
