import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Drawer } from "@mantine/core";
import { auditPage, type AuditShown } from "#shared/protocol/api/audit.ts";
import { ask } from "../live/api.ts";
import { At } from "../parts/age.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { useFilters } from "../parts/filters.tsx";
import { usePagedRows } from "../parts/paged-rows.ts";
import { Asked, Nothing, PageHead, Refusal } from "../parts/panel.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { actorSaid } from "../text/actor.ts";

const pageRows = 100;

const columns: readonly Column<AuditShown>[] = [
  { title: "When", width: "150px", cell: ({ at }) => <At at={at} /> },
  {
    title: "Who",
    width: "minmax(180px, 2fr)",
    cell: ({ actor }) => <span title={actor}>{actorSaid(actor)}</span>,
  },
  { title: "What", width: "minmax(140px, 2fr)", cell: ({ action }) => <strong>{action}</strong> },
  {
    title: "Whom",
    width: "minmax(200px, 2fr)",
    cell: ({ subject, subjectName }) =>
      subjectName === null ? (
        <span className="mono">{subject}</span>
      ) : (
        <span title={subject}>{subjectName}</span>
      ),
  },
];

/** Who changed what, newest first; a row shows before and after, and has an address. */
export function AuditPage(): ReactNode {
  const { values, set } = useFilters("search", "entry");
  const search = values.search ?? "";
  return (
    <>
      <PageHead title="Audit">
        <SearchField
          label="Who, what or whom"
          value={search}
          onChange={(value) => set("search", value)}
        />
      </PageHead>
      <Found key={search} search={search} open={({ seq }) => set("entry", String(seq))} />
      <Drawer
        opened={values.entry !== null}
        onClose={() => set("entry", null)}
        position="right"
        size="lg"
        title="One change"
      >
        {values.entry === null ? null : <Opened seq={Number(values.entry)} />}
      </Drawer>
    </>
  );
}

function Opened({ seq }: { readonly seq: number }): ReactNode {
  const found = useQuery({
    queryKey: ["audit entry", seq],
    // The newest of those before the next one.
    queryFn: () => ask("GET /audit", auditPage, { query: { after: seq + 1, limit: 1 } }),
  });
  return (
    <Asked query={found}>
      {({ items: [entry] }) =>
        entry?.seq === seq ? <Entry entry={entry} /> : <Nothing>There is no such entry.</Nothing>
      }
    </Asked>
  );
}

function Entry({ entry }: { readonly entry: AuditShown }): ReactNode {
  return (
    <>
      <strong>
        {entry.action} · {actorSaid(entry.actor)}
      </strong>{" "}
      <At at={entry.at} />{" "}
      {entry.subject.startsWith("dev_") ? (
        <Link href={`/devices/${entry.subject}`}>the device</Link>
      ) : null}
      <pre className="mono" style={{ whiteSpace: "pre-wrap" }}>
        {JSON.stringify(entry.body, null, 2)}
      </pre>
    </>
  );
}

interface FoundProps {
  readonly search: string;
  readonly open: (entry: AuditShown) => void;
}

function Found({ search, open }: FoundProps): ReactNode {
  const { rows, more, error, see } = usePagedRows({
    key: ["audit", search],
    size: pageRows,
    read: (after) => ask("GET /audit", auditPage, { query: { search, after, limit: pageRows } }),
  });
  if (rows === null) return error === null ? null : <Refusal error={error} />;
  if (rows.length === 0) return <Nothing>Nothing matches this filter.</Nothing>;
  return (
    <DataTable
      label="Audit"
      columns={columns}
      rows={rows}
      keyOf={({ seq }) => String(seq)}
      onOpen={open}
      more={more}
      onSight={see}
    />
  );
}
