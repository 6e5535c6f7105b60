import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import {
  gatewayList,
  type GatewayShown,
  siteList,
  type SiteShown,
} from "#shared/protocol/api/place.ts";
import { ask } from "../live/api.ts";
import { Age } from "../parts/age.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Mark } from "../parts/mark.tsx";
import { Asked, Nothing, PageHead, Panel } from "../parts/panel.tsx";
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
            <DataTable label="Gateways" columns={columns} rows={items} keyOf={({ id }) => id} />
          )
        }
      </Asked>
      <Panel title="Sites" flush>
        <Asked query={sites}>{({ items }) => <SiteTable sites={items} />}</Asked>
      </Panel>
    </>
  );
}

function SiteTable({ sites }: { readonly sites: readonly SiteShown[] }): ReactNode {
  if (sites.length === 0)
    return (
      <Nothing>
        No site yet. A site is a network with gateways:{" "}
        <code className="mono">sallyport-controller site apply FILE</code> makes one.
      </Nothing>
    );
  return (
    <table className="plain">
      <thead>
        <tr>
          <th>Name</th>
          <th>Forwarding</th>
          <th>Resolvers</th>
        </tr>
      </thead>
      <tbody>
        {sites.map(({ id, name, forwarding, resolvers }) => (
          <tr key={id}>
            <td>{name}</td>
            <td>{forwarding}</td>
            <td className="mono">{resolvers.join(", ") || "none"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
