import { Select } from "@mantine/core";
import type { ReactNode } from "react";
import { decisionPage } from "#shared/protocol/api/decision.ts";
import { ask } from "../live/api.ts";
import { DecisionTable } from "../parts/decision-table.tsx";
import { ClearFilters, type Filters, useFilters } from "../parts/filters.tsx";
import { usePagedRows } from "../parts/paged-rows.ts";
import { Nothing, PageHead, Refusal } from "../parts/panel.tsx";
import { SearchField } from "../parts/search-field.tsx";

const pageRows = 100;

const effects = [
  { value: "allow", label: "allow" },
  { value: "stepUp", label: "step-up" },
  { value: "deny", label: "deny" },
];

/** All decisions, by answer, device or resource; the filter is in the address. */
export function DecisionsPage(): ReactNode {
  const filters = useFilters("effect", "device", "resource");
  const { values, set } = filters;
  return (
    <>
      <PageHead title="Decisions">
        <SearchField
          label="Device by name"
          value={values.device ?? ""}
          onChange={(value) => set("device", value)}
        />
        <Select
          size="xs"
          w={130}
          aria-label="Answer"
          placeholder="every answer"
          clearable
          data={effects}
          value={values.effect}
          onChange={(value) => set("effect", value)}
        />
        <ClearFilters {...filters} />
      </PageHead>
      <Found key={JSON.stringify(values)} {...filters} />
    </>
  );
}

function Found({ values, some }: Filters<"effect" | "device" | "resource">): ReactNode {
  const { rows, more, error, see } = usePagedRows({
    key: ["decisions", values],
    size: pageRows,
    read: (after) =>
      ask("GET /decisions", decisionPage, { query: { ...values, after, limit: pageRows } }),
  });
  return (
    <>
      {error === null ? null : <Refusal error={error} />}
      {rows === null ? null : rows.length === 0 && some ? (
        <Nothing>Nothing matches these filters.</Nothing>
      ) : (
        <DecisionTable decisions={rows} more={more} onSight={see} />
      )}
    </>
  );
}
