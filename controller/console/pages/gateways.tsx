import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import {
  gatewayList,
  type GatewayShown,
  siteList,
  type SiteShown,
} from "#shared/protocol/api/place.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Age } from "../parts/age.tsx";
import { BreakGlass } from "../parts/break-glass.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Mark } from "../parts/mark.tsx";
import { Asked, Nothing, PageHead, Panel } from "../parts/panel.tsx";
import { SiteRemoval } from "../parts/place-removal.tsx";
import { SiteDialog } from "../parts/site-dialog.tsx";
import { standingSaid } from "../text/words.ts";

const columns: readonly Column<GatewayShown>[] = [
  {
    title: "Name",
    width: "minmax(120px, 1fr)",
    cell: ({ name }) => <strong title={name}>{name}</strong>,
  },
  { title: "Site", width: "minmax(80px, 1fr)", cell: ({ site }) => site },
  { title: "Stands", width: "150px", cell: ({ status }) => <Mark {...standingSaid(status)} /> },
  {
    title: "Link",
    width: "120px",
    cell: ({ connected }) => (
      <Mark tone={connected ? "met" : "unmet"} word={connected ? "connected" : "not connected"} />
    ),
  },
  { title: "Heard", width: "90px", cell: ({ lastSeenAt }) => <Age at={lastSeenAt} /> },
  {
    title: "Endpoints",
    width: "minmax(150px, 2fr)",
    cell: ({ endpoints }) => <span className="mono">{endpoints.join(", ") || "none yet"}</span>,
  },
  {
    title: "Tunnel address",
    width: "130px",
    cell: ({ address4 }) => <span className="mono">{address4}</span>,
  },
  { title: "Priority", width: "70px", cell: ({ priority }) => priority },
];

/** Gateways and the sites that they serve. */
export function GatewaysPage(): ReactNode {
  const [, go] = useLocation();
  const may = useMay("administer");
  const gateways = useQuery({
    queryKey: ["gateways"],
    queryFn: () => ask("GET /gateways", gatewayList),
  });
  const sites = useQuery({
    queryKey: ["gateways", "sites"],
    queryFn: () => ask("GET /sites", siteList),
  });
  return (
    <>
      <PageHead title="Gateways & sites" />
      <Asked query={gateways}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>
              No gateway yet. <Link href="/enrolment">Make an enrolment key</Link> for one, and run
              its line on the gateway.
            </Nothing>
          ) : (
            <DataTable
              label="Gateways"
              columns={columns}
              rows={items}
              keyOf={({ id }) => id}
              onOpen={({ id }) => go(`/gateways/${id}`)}
            />
          )
        }
      </Asked>
      <Panel title="Sites" aside={may ? <SiteDialog site={null} /> : null} flush>
        <Asked query={sites}>{({ items }) => <SiteTable sites={items} />}</Asked>
      </Panel>
      <BreakGlass />
    </>
  );
}

function SiteTable({ sites }: { readonly sites: readonly SiteShown[] }): ReactNode {
  const may = useMay("administer");
  if (sites.length === 0)
    return (
      <Nothing>
        No site yet. A site is a network with gateways: make one first, then an enrolment key for
        its gateway.
      </Nothing>
    );
  return (
    <table className="plain">
      <thead>
        <tr>
          <th>Name</th>
          <th>Forwarding</th>
          <th>Resolvers</th>
          {may ? <th>Change</th> : null}
        </tr>
      </thead>
      <tbody>
        {sites.map((site) => (
          <tr key={site.id}>
            <td>{site.name}</td>
            <td>{site.forwarding}</td>
            <td className="mono">{site.resolvers.join(", ") || "none"}</td>
            {may ? (
              <td>
                <Group gap={8}>
                  <SiteDialog site={site} />
                  <SiteRemoval site={site} />
                </Group>
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
