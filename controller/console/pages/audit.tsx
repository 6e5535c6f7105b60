import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { Drawer } from "@mantine/core";
import { auditPage, type AuditShown } from "#shared/protocol/api/audit.ts";
import { ask } from "../live/api.ts";
import { At } from "../parts/age.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Nothing, PageHead, Refusal } from "../parts/panel.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { actorSaid } from "../text/actor.ts";

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
    cell: ({ subject }) => <span className="mono">{subject}</span>,
  },
];

/** Who changed what, newest first; a row shows before and after. */
export function AuditPage(): ReactNode {
  const [params, setParams] = useSearchParams();
  const [opened, setOpened] = useState<AuditShown | null>(null);
  const search = params.get("search") ?? "";
  const pages = useInfiniteQuery({
    queryKey: ["audit", search],
    initialPageParam: "",
    queryFn: ({ pageParam: after }) =>
      ask("GET /audit", auditPage, { query: { search, after, limit: 100 } }),
    getNextPageParam: ({ nextAfter }) => nextAfter,
  });
  const { fetchNextPage, isFetchingNextPage } = pages;
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);
  const rows = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <PageHead title="Audit">
        <SearchField
          label="Who, what or whom"
          value={search}
          onChange={(value) => setParams(value === "" ? {} : { search: value })}
        />
      </PageHead>
      {pages.error === null ? null : <Refusal error={pages.error} />}
      {pages.data !== undefined && rows.length === 0 ? (
        <Nothing>Nothing matches this filter.</Nothing>
      ) : null}
      {rows.length === 0 ? null : (
        <DataTable
          label="Audit"
          columns={columns}
          rows={rows}
          keyOf={({ seq }) => String(seq)}
          onOpen={setOpened}
          more={pages.hasNextPage}
          onEnd={more}
        />
      )}
      <Drawer
        opened={opened !== null}
        onClose={() => setOpened(null)}
        position="right"
        size="lg"
        title={opened === null ? "" : `${opened.action} · ${actorSaid(opened.actor)}`}
      >
        {opened?.subject.startsWith("dev_") === true ? (
          <Link href={`/devices/${opened.subject}`}>the device</Link>
        ) : null}
        <pre className="mono" style={{ whiteSpace: "pre-wrap" }}>
          {JSON.stringify(opened?.body, null, 2)}
        </pre>
      </Drawer>
    </>
  );
}
