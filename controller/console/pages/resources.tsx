import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { resourceList, type ResourceShown } from "#shared/protocol/api/place.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { useFilters } from "../parts/filters.tsx";
import { Mark } from "../parts/mark.tsx";
import { Asked, Nothing, PageHead } from "../parts/panel.tsx";
import { ResourceRemoval } from "../parts/place-removal.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { targetsText } from "../text/place.ts";

const shownColumns: readonly Column<ResourceShown>[] = [
  {
    title: "Name",
    width: "minmax(120px, 1fr)",
    cell: ({ name }) => <strong title={name}>{name}</strong>,
  },
  { title: "Site", width: "minmax(70px, 1fr)", cell: ({ site }) => site },
  {
    title: "Targets",
    width: "minmax(220px, 3fr)",
    cell: (one) => <span className="mono">{targetsText(one)}</span>,
  },
  { title: "Tags", width: "minmax(80px, 1fr)", cell: ({ tags }) => tags.join(", ") || "-" },
  {
    title: "Outside the tunnel",
    width: "130px",
    cell: (one) => (
      <Mark tone={one.protected ? "met" : "grace"} word={one.protected ? "closed" : "not closed"} />
    ),
  },
  { title: "Lease", width: "60px", cell: ({ leaseSeconds }) => `${leaseSeconds} s` },
  {
    title: "Comes from",
    width: "110px",
    cell: ({ source }) => (source === "git" ? "policy set" : "resource apply"),
  },
];

const removeColumn: Column<ResourceShown> = {
  title: "Remove",
  width: "100px",
  // What belongs to a set goes when the set leaves it out.
  cell: (one) => (one.source === "git" ? "in the set" : <ResourceRemoval resource={one} />),
};

/** What can be reached through sites. */
export function ResourcesPage(): ReactNode {
  const { values, set } = useFilters("search");
  const may = useMay("author");
  const columns = useMemo(() => (may ? [...shownColumns, removeColumn] : shownColumns), [may]);
  const resources = useQuery({
    queryKey: ["resources"],
    queryFn: () => ask("GET /resources", resourceList),
  });
  const holds = (one: ResourceShown) =>
    `${one.name} ${one.site} ${one.tags.join(" ")} ${targetsText(one)}`
      .toLowerCase()
      .includes((values.search ?? "").toLowerCase());
  return (
    <>
      <PageHead title="Resources">
        <SearchField
          label="Name, site, tag, address"
          value={values.search ?? ""}
          onChange={(value) => set("search", value)}
        />
      </PageHead>
      <Asked query={resources}>
        {({ items }) => {
          const rows = items.filter(holds);
          if (items.length === 0) {
            return (
              <Nothing>
                Nothing is protected yet. Name resources in a policy set, or run{" "}
                <code className="mono">sallyport-controller resource apply FILE</code>.
              </Nothing>
            );
          }
          if (rows.length === 0) return <Nothing>Nothing matches this filter.</Nothing>;
          return (
            <DataTable label="Resources" columns={columns} rows={rows} keyOf={({ id }) => id} />
          );
        }}
      </Asked>
    </>
  );
}
