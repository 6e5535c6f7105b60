import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { decisionPage } from "#shared/protocol/api/decision.ts";
import { type Overview, overview as overviewSchema } from "#shared/protocol/api/overview.ts";
import { ask } from "../live/api.ts";
import { Age } from "../parts/age.tsx";
import { DecisionTable } from "../parts/decision-table.tsx";
import { Mark } from "../parts/mark.tsx";
import { Asked, Nothing, PageHead, Panel } from "../parts/panel.tsx";
import { standingSaid } from "../text/words.ts";

/** The fleet in numbers, and what needs somebody. */
export function OverviewPage(): ReactNode {
  const overview = useQuery({
    queryKey: ["overview"],
    queryFn: () => ask("GET /overview", overviewSchema),
  });
  const decisions = useQuery({
    queryKey: ["decisions", "newest"],
    queryFn: () => ask("GET /decisions", decisionPage, { query: { limit: 12 } }),
  });
  return (
    <>
      <PageHead title="Overview" />
      <Asked query={overview}>
        {(data) => (
          <>
            <Figures overview={data} />
            <div className="two">
              <NeedsYou overview={data} />
              <Expiring overview={data} />
            </div>
          </>
        )}
      </Asked>
      <Panel title="Newest decisions" aside={<Link href="/decisions">all</Link>} flush>
        <Asked query={decisions}>{({ items }) => <DecisionTable decisions={items} />}</Asked>
      </Panel>
    </>
  );
}

function Figures({ overview }: { readonly overview: Overview }): ReactNode {
  const { devices, gateways, cutoff, resources, policyVersion } = overview;
  return (
    <div className="two figures">
      <Panel title="Devices" aside={<Link href="/devices">list</Link>}>
        <span className="figure">{devices.total}</span>{" "}
        <span className="muted">{devices.connected} connected</span>
        <StatusBar overview={overview} />
      </Panel>
      <Panel title="Cut-off">
        <span className="figure">{boundText(cutoff?.p99Ms)}</span>
        <div className="muted">
          {cutoff === null
            ? "no access was cut by posture since the start"
            : `p99 of ${cutoff.count}, from the report to the gateway's kernel; p50 ${boundText(cutoff.p50Ms)}`}
        </div>
      </Panel>
      <Panel title="Gateways" aside={<Link href="/gateways">list</Link>}>
        <span className="figure">
          {gateways.connected}/{gateways.total}
        </span>
        <div className="muted">connected</div>
      </Panel>
      <Panel title="Access" aside={<Link href="/policies">policies</Link>}>
        <span className="figure">{resources}</span>{" "}
        <span className="muted">{resources === 1 ? "resource" : "resources"}</span>
        <div className="muted">
          {policyVersion === null
            ? "no policy set is in force"
            : `set ${policyVersion.slice(0, 12)}`}
        </div>
      </Panel>
    </div>
  );
}

/** Measures are known by the bucket that they fell into. */
function boundText(ms: number | null | undefined): string {
  return typeof ms === "number" ? `≤ ${ms} ms` : "-";
}

/** Connected devices by what is closed to them; the others by how they stand. */
function StatusBar({ overview }: { readonly overview: Overview }): ReactNode {
  const { clear, blocked: closed, byStatus, connected, total } = overview.devices;
  const { pending = 0, unattested = 0, quarantined = 0, revoked = 0, active = 0 } = byStatus;
  const away = Math.max(0, active - clear - closed);
  const counts = { clear, closed, pending, unattested, quarantined, revoked, away };
  const shown = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => ({ status, count, ...standingSaid(status) }));
  return (
    <>
      <div className="bar" role="img" aria-label={`${connected} of ${total} devices are connected`}>
        {shown.map(({ tone, status, count }) => (
          <div key={status} style={{ flex: count, background: `var(--${tone})` }} />
        ))}
      </div>
      <div style={{ display: "flex", gap: 8, flexWrap: "wrap", marginTop: 8 }}>
        {shown.map(({ tone, word, status, count }) => (
          <Link key={status} href={`/devices?status=${status}`}>
            <Mark tone={tone} word={`${count} ${word}`} />
          </Link>
        ))}
      </div>
    </>
  );
}

function NeedsYou({ overview }: { readonly overview: Overview }): ReactNode {
  const lines = [...firstSteps(overview), ...waitingFor(overview)];
  return (
    <Panel title="Needs you">
      {lines.length === 0 ? <Nothing>Nothing waits for you.</Nothing> : null}
      {lines.map(([path, text]) => (
        <div key={text} className="line">
          <Link href={path}>{text}</Link>
        </div>
      ))}
    </Panel>
  );
}

type Line = readonly [path: string, text: string];

/** What a controller that is new still lacks, in the order in which it is made. */
function firstSteps({ gateways, resources, policyVersion, devices }: Overview): readonly Line[] {
  return [
    ...(gateways.total > 0
      ? []
      : [["/gateways", "No gateway yet: make a site and a key for its gateway"] as const]),
    ...(resources > 0
      ? []
      : [["/resources", "Nothing is protected yet: name a resource"] as const]),
    ...(policyVersion === null ? [["/policies", "No rule yet: write the first one"] as const] : []),
    ...(devices.total > 0 ? [] : [["/enrolment", "No device yet: make a key for it"] as const]),
  ];
}

function waitingFor({ waiting, devices, gateways }: Overview): readonly Line[] {
  const away = gateways.total - gateways.connected;
  const lines = [
    [waiting.approvals, "/approvals", "waits to be let in", "wait to be let in"],
    [waiting.requests, "/approvals", "request for access waits", "requests for access wait"],
    [
      devices.blocked,
      "/devices?status=closed",
      "device has something closed to it",
      "devices have something closed to them",
    ],
    [away, "/gateways", "gateway is not connected", "gateways are not connected"],
  ] as const;
  const change = waiting.policyChange;
  return [
    ...(change === null ? [] : [["/policies", `policy change ${change} is under way`] as const]),
    ...lines
      .filter(([count]) => count > 0)
      .map(([count, path, one, many]) => [path, `${count} ${count === 1 ? one : many}`] as const),
  ];
}

function Expiring({ overview }: { readonly overview: Overview }): ReactNode {
  return (
    <Panel title="Ends within 7 days" aside={<Link href="/enrolment">keys</Link>}>
      {overview.expiringKeys.length === 0 ? <Nothing>No enrolment key ends soon.</Nothing> : null}
      {overview.expiringKeys.map(({ id, name, expiresAt }) => (
        <div key={id}>
          enrolment key {name}: <Age at={expiresAt} />
        </div>
      ))}
    </Panel>
  );
}
