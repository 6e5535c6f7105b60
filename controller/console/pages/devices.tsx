import { Select } from "@mantine/core";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { reasonText } from "#shared/policy/reason-text.ts";
import type { ReasonShown } from "#shared/protocol/api/decision.ts";
import { devicePage, type DeviceShown } from "#shared/protocol/api/device.ts";
import { deviceStatuses } from "#shared/protocol/api/order.ts";
import { ask } from "../live/api.ts";
import { Age } from "../parts/age.tsx";
import { BulkSteps } from "../parts/bulk-steps.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { ClearFilters, type Filters, useFilters } from "../parts/filters.tsx";
import { Mark } from "../parts/mark.tsx";
import { usePagedRows } from "../parts/paged-rows.ts";
import { Nothing, PageHead, Refusal } from "../parts/panel.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { type Said, standingSaid } from "../text/words.ts";

/** The worst that is to say of a device, in one word. */
function worstOf({ status, access, connected }: DeviceShown): Said {
  if (status !== "active") return standingSaid(status);
  const closed = access !== undefined && access.blocked > 0 ? `${access.blocked} closed` : "";
  if (!connected) return { tone: "unknown", word: closed === "" ? "away" : `away, ${closed}` };
  if (closed !== "") return { tone: "unmet", word: closed };
  if (access !== undefined && access.stepUp > 0) return { tone: "key", word: "step-up" };
  return access !== undefined && access.open > 0
    ? { tone: "met", word: `${access.open} open` }
    : { tone: "unknown", word: "no access" };
}

function reasonShown(why: ReasonShown | null): string {
  return why === null ? "" : reasonText(why);
}

const columns: readonly Column<DeviceShown>[] = [
  {
    title: "Name",
    width: "minmax(140px, 2fr)",
    cell: ({ name }) => <strong title={name}>{name}</strong>,
  },
  { title: "Stands", width: "136px", cell: (device) => <Mark {...worstOf(device)} /> },
  {
    title: "Why",
    width: "minmax(160px, 3fr)",
    cell: ({ access }) => reasonShown(access?.why ?? null),
  },
  { title: "System", width: "66px", cell: ({ os }) => os },
  {
    title: "Owner",
    width: "minmax(70px, 1fr)",
    cell: (device) => device.owner ?? device.serviceAccount ?? "-",
  },
  { title: "Groups", width: "minmax(90px, 1fr)", cell: ({ groups }) => groups.join(", ") || "-" },
  {
    title: "Address",
    width: "104px",
    cell: ({ address4 }) => <span className="mono">{address4}</span>,
  },
  {
    title: "Heard",
    width: "84px",
    cell: ({ connected, lastSeenAt }) =>
      connected ? (
        <Age at={lastSeenAt} />
      ) : (
        <span className="muted">
          <Age at={lastSeenAt} />
        </span>
      ),
  },
];

/** So few that reading a page costs no frame. */
const pageRows = 100;

const idOf = ({ id }: DeviceShown) => id;
const nameOf = ({ name }: DeviceShown) => name;

const statuses = deviceStatuses.map((value) => ({ value, label: standingSaid(value).word }));

/** Every device, however many; the server searches, the address holds the filter. */
export function DevicesPage(): ReactNode {
  const filters = useFilters("search", "status");
  const { values, set } = filters;
  return (
    <>
      <PageHead title="Devices">
        <SearchField
          label="Name, owner, group, address"
          value={values.search ?? ""}
          onChange={(value) => set("search", value)}
        />
        <Select
          size="xs"
          w={170}
          aria-label="How they stand"
          placeholder="however they stand"
          clearable
          data={statuses}
          value={values.status}
          onChange={(value) => set("status", value)}
        />
        <ClearFilters {...filters} />
      </PageHead>
      <DeviceTable key={JSON.stringify(values)} {...filters} />
    </>
  );
}

function DeviceTable({ values, some }: Filters<"search" | "status">): ReactNode {
  const [, go] = useLocation();
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const { rows, more, error, see } = usePagedRows({
    key: ["devices", values],
    size: pageRows,
    read: (after) =>
      ask("GET /devices", devicePage, { query: { ...values, after, limit: pageRows } }),
  });
  const marks = useMemo(() => ({ marked, set: setMarked, nameOf }), [marked]);
  const open = useCallback(({ id }: DeviceShown) => go(`/devices/${id}`), [go]);
  const refusal = error === null ? null : <Refusal error={error} />;
  if (rows === null) return refusal;
  const isMarked = (row: DeviceShown | undefined): row is DeviceShown =>
    row !== undefined && marked.has(row.id);
  const markedRows = marked.size === 0 ? [] : rows.filter(isMarked);
  if (rows.length === 0) {
    return some ? (
      <Nothing>Nothing matches these filters.</Nothing>
    ) : (
      <Nothing>
        No device yet. <Link href="/enrolment">Make an enrolment key</Link>; the device appears here
        when it joins.
      </Nothing>
    );
  }
  return (
    <>
      {refusal}
      <BulkSteps devices={markedRows} onDone={() => setMarked(new Set())} />
      <DataTable
        label="Devices"
        columns={columns}
        rows={rows}
        keyOf={idOf}
        onOpen={open}
        marks={marks}
        more={more}
        onSight={see}
      />
    </>
  );
}
