import { Button, Select } from "@mantine/core";
import type { ReactNode } from "react";
import { useSearchParams } from "wouter";
import { decisionPage } from "#shared/protocol/api/decision.ts";
import { ask } from "../live/api.ts";
import { DecisionTable } from "../parts/decision-table.tsx";
import { usePagedRows } from "../parts/paged-rows.ts";
import { PageHead, Refusal } from "../parts/panel.tsx";
import { SearchField } from "../parts/search-field.tsx";

const pageRows = 100;

const effects = [
  { value: "allow", label: "allow" },
  { value: "stepUp", label: "step-up" },
  { value: "deny", label: "deny" },
];

/** All decisions, by answer, device or resource; the filter is in the address. */
export function DecisionsPage(): ReactNode {
  const [search, setSearch] = useSearchParams();
  const filter = {
    effect: search.get("effect"),
    device: search.get("device"),
    resource: search.get("resource"),
  };
  const set = (name: string, value: string | null) =>
    setSearch((former) => {
      const next = new URLSearchParams(former);
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
      return next;
    });
  const filtered = Object.values(filter).some((value) => value !== null);
  return (
    <>
      <PageHead title="Decisions">
        <SearchField
          label="Device by name"
          value={filter.device ?? ""}
          onChange={(value) => set("device", value)}
        />
        <Select
          size="xs"
          w={130}
          aria-label="Answer"
          placeholder="every answer"
          clearable
          data={effects}
          value={filter.effect}
          onChange={(value) => set("effect", value)}
        />
        {filtered ? (
          <Button size="xs" variant="subtle" onClick={() => setSearch(new URLSearchParams())}>
            Clear filters
          </Button>
        ) : null}
      </PageHead>
      <Found key={JSON.stringify(filter)} filter={filter} />
    </>
  );
}

interface Filter {
  readonly effect: string | null;
  readonly device: string | null;
  readonly resource: string | null;
}

function Found({ filter }: { readonly filter: Filter }): ReactNode {
  const { rows, more, error, see } = usePagedRows({
    key: ["decisions", filter],
    size: pageRows,
    read: (after) =>
      ask("GET /decisions", decisionPage, { query: { ...filter, after, limit: pageRows } }),
  });
  return (
    <>
      {error === null ? null : <Refusal error={error} />}
      {rows === null ? null : <DecisionTable decisions={rows} more={more} onSight={see} />}
    </>
  );
}
