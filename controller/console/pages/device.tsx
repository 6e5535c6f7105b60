import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useParams } from "wouter";
import { reasonText } from "#shared/policy/reason-text.ts";
import { decisionPage } from "#shared/protocol/api/decision.ts";
import { type DeviceDetail, deviceDetail } from "#shared/protocol/api/device.ts";
import { ask } from "../live/api.ts";
import { Age } from "../parts/age.tsx";
import { ConfigErrors } from "../parts/config-errors.tsx";
import { DecisionTable } from "../parts/decision-table.tsx";
import { AccessPanel, FactsPanel, LevelsPanel } from "../parts/device-panels.tsx";
import { DeviceSteps } from "../parts/device-steps.tsx";
import { DeviceTraits } from "../parts/device-traits.tsx";
import { Fields } from "../parts/fields.tsx";
import { Mark } from "../parts/mark.tsx";
import { Asked, PageHead, Panel, Refusal } from "../parts/panel.tsx";
import { ReportsPanel } from "../parts/reports.tsx";
import { standingSaid } from "../text/words.ts";

/** One device: how it stands and why, before anything else. */
export function DevicePage(): ReactNode {
  const { key = "" } = useParams();
  const device = useQuery({
    queryKey: ["device", key],
    queryFn: () => ask("GET /devices/:key", deviceDetail, { params: { key } }),
    // Nothing is told when a fact that decides nothing is over; levels are the controller's to judge.
    refetchInterval: ({ state: { data } }) => untilNextEndMs(data, Date.now()),
  });
  return <Asked query={device}>{(data) => <Shown device={data} />}</Asked>;
}

/** Not faster than this: the page's clock may be ahead of the controller's. Nor later than timers can tell. */
const [againMs, latestMs] = [1_000, 3_600_000];

function untilNextEndMs(device: DeviceDetail | undefined, nowAt: number): number | false {
  const ends = (device?.facts ?? [])
    .filter(({ stale, freshUntilAt }) => !stale && freshUntilAt !== null)
    .map(({ freshUntilAt }) => Date.parse(freshUntilAt ?? ""));
  if (ends.length === 0) return false;
  return Math.min(Math.max(againMs, Math.min(...ends) - nowAt), latestMs);
}

function Shown({ device }: { readonly device: DeviceDetail }): ReactNode {
  const decisions = useQuery({
    queryKey: ["decisions", "of", device.id],
    queryFn: () => ask("GET /decisions", decisionPage, { query: { device: device.id, limit: 50 } }),
  });
  return (
    <>
      <PageHead title={device.name}>
        <Mark {...standingSaid(device.status)} />
        <Mark
          tone={device.connected ? "met" : "unknown"}
          word={device.connected ? "connected" : "away"}
        />
        <span className="muted">
          heard <Age at={device.lastSeenAt} />
        </span>
        <DeviceSteps device={device} />
      </PageHead>
      <Worst device={device} />
      <LastCut cut={device.lastCut} />
      <div className="two writing">
        <AccessPanel device={device} />
        <LevelsPanel device={device} />
      </div>
      <FactsPanel device={device} />
      <div className="two">
        <AboutPanel device={device} />
        <div className="stack">
          <DeviceTraits device={device} />
          <PartsPanel device={device} />
        </div>
      </div>
      <ReportsPanel device={device.id} />
      <Panel title="Newest decisions" flush>
        {decisions.error === null ? null : <Refusal error={decisions.error} />}
        <DecisionTable decisions={decisions.data?.items ?? []} />
      </Panel>
    </>
  );
}

/** The answer to "why was she blocked?" in one sentence. */
function Worst({ device }: { readonly device: DeviceDetail }): ReactNode {
  const closed = device.access.filter(
    ({ effect, reasons }) => effect === "deny" && reasons.some(({ code }) => code !== "no_rule"),
  );
  const [first] = closed;
  if (first === undefined) return null;
  const why = first.reasons.map(reasonText).join("; ");
  const others = closed.length === 1 ? "" : ` and ${closed.length - 1} more`;
  return (
    <div
      className="panel"
      role="status"
      style={{ padding: "10px 12px", borderColor: "var(--unmet)" }}
    >
      <Mark tone="unmet" word={`${first.resourceName ?? first.resource}${others} closed`} /> {why}{" "}
      <span className="muted">
        reference <span className="mono">{first.reference}</span>, since <Age at={first.at} />
      </span>
    </div>
  );
}

/** How fast the newest posture that turned bad took its access away. */
function LastCut({ cut }: { readonly cut: DeviceDetail["lastCut"] }): ReactNode {
  if (cut === null) return null;
  return (
    <p className="muted">
      Last cut off {cut.tookMs} ms after its posture turned, <Age at={cut.at} />
    </p>
  );
}

function AboutPanel({ device }: { readonly device: DeviceDetail }): ReactNode {
  const rows: readonly (readonly [string, ReactNode])[] = [
    ["id", <span className="mono">{device.id}</span>],
    ["system", device.os],
    ["owner", device.owner ?? device.serviceAccount ?? "nobody's"],
    ["groups", device.groups.join(", ") || "none"],
    ["tags", device.tags.join(", ") || "none"],
    ["serial numbers", device.serials.join(", ") || "none told"],
    ["tunnel addresses", <span className="mono">{`${device.address4}, ${device.address6}`}</span>],
    ["risk", <RiskShown risk={device.risk} />],
    ["managed identity", device.attestation?.subject ?? "none"],
  ];
  return (
    <Panel title="About">
      <Fields rows={rows} />
      <ConfigErrors errors={device.configErrors} />
    </Panel>
  );
}

/** Scores of 100, and what they are made of. */
function RiskShown({ risk }: Pick<DeviceDetail, "risk">): ReactNode {
  if (risk === undefined) return "not known";
  return (
    <>
      session {risk.session}, identity {risk.identity} of 100
      {risk.contributions.map(({ kind, at, points, detail }) => (
        <div key={`${kind} ${at ?? ""}`} className="muted">
          {points} for {kind.replaceAll("_", " ")}
          {detail === undefined ? "" : `: ${detail}`}, <Age at={at} />
        </div>
      ))}
    </>
  );
}

function PartsPanel({ device }: { readonly device: DeviceDetail }): ReactNode {
  const parts = Object.entries(device.inventory?.items ?? {});
  return (
    <Panel
      title="Parts"
      aside={device.inventory === null ? null : <Age at={device.inventory.receivedAt} />}
    >
      {parts.length === 0 ? <span className="muted">The device has not told yet.</span> : null}
      <Fields rows={parts} />
    </Panel>
  );
}
