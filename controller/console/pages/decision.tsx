import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link, useParams } from "wouter";
import { unmetText } from "#shared/policy/reason-text.ts";
import {
  decisionList,
  type DecisionReplay,
  decisionReplay,
  type DecisionShown,
} from "#shared/protocol/api/decision.ts";
import { staleText } from "#shared/protocol/api/standing-text.ts";
import { ask } from "../live/api.ts";
import { Age } from "../parts/age.tsx";
import { whyText } from "../parts/decision-table.tsx";
import { Fields } from "../parts/fields.tsx";
import { Mark } from "../parts/mark.tsx";
import { Asked, PageHead, Panel } from "../parts/panel.tsx";
import { effectSaid, readingText } from "../text/words.ts";

/** One decision opened: what it was made from, and whether it would be made again. */
export function DecisionPage(): ReactNode {
  const { key = "" } = useParams();
  const found = useQuery({
    queryKey: ["decision", key],
    queryFn: () => ask("GET /decisions/:key", decisionList, { params: { key } }),
  });
  return (
    <Asked query={found}>
      {({ items }) => items.map((decision) => <Opened key={decision.id} decision={decision} />)}
    </Asked>
  );
}

/** Some answers hold until something else happens: they end at the last instant that there is. */
function untilText(at: string | null): string {
  return at === null || at.startsWith("+") ? "something changes" : at;
}

function Opened({ decision }: { readonly decision: DecisionShown }): ReactNode {
  return (
    <>
      <PageHead title={decision.reference}>
        <Mark {...effectSaid(decision.effect)} />
        <span>
          <Link href={`/devices/${decision.device}`}>{decision.deviceName ?? decision.device}</Link>{" "}
          to {decision.resourceName ?? decision.resource}
        </span>
        <span className="muted">
          <Age at={decision.at} />
        </span>
      </PageHead>
      <Panel title="In short">{whyText(decision)}</Panel>
      {decision.unmet.length < 2 ? null : (
        <Panel title="What did not hold">
          {decision.unmet.map((unmet) => (
            <div key={unmetText(unmet)}>{unmetText(unmet)}</div>
          ))}
        </Panel>
      )}
      <Panel title="Record">
        <Fields
          rows={[
            ["decided at", decision.at],
            ["valid until", untilText(decision.validUntilAt)],
            ["decided by", decision.determinedBy.join(", ") || "no rule"],
            ["policy set", <span className="mono">{decision.policyVersion}</span>],
            ["input sha256", <span className="mono">{decision.inputHash}</span>],
            ["id", <span className="mono">{decision.id}</span>],
          ]}
        />
      </Panel>
      <Replayed decision={decision} />
    </>
  );
}

function Replayed({ decision }: { readonly decision: DecisionShown }): ReactNode {
  const [wanted, setWanted] = useState(false);
  const replay = useQuery({
    queryKey: ["replay", decision.id],
    queryFn: () =>
      ask("GET /decisions/:key/replay", decisionReplay, { params: { key: decision.id } }),
    enabled: wanted,
    staleTime: Infinity,
  });
  if (!wanted) {
    return (
      <div>
        <Button size="xs" variant="default" onClick={() => setWanted(true)}>
          Decide again from the recorded input
        </Button>
      </div>
    );
  }
  return (
    <Panel title="Decided again">
      <Asked query={replay}>{(data) => <ReplayShown data={data} />}</Asked>
    </Panel>
  );
}

function ReplayShown({ data }: { readonly data: DecisionReplay }): ReactNode {
  const facts = Object.entries(data.input?.facts ?? {});
  const sources = new Map(data.provenance.map(({ signal, source }) => [signal, source]));
  const at = Date.parse(data.decision.at ?? "");
  return (
    <>
      <div role="status">
        <ReplayVerdict replay={data.replay} />
      </div>
      <table className="plain">
        <thead>
          <tr>
            <th>Fact at that time</th>
            <th>Value</th>
            <th>Source</th>
          </tr>
        </thead>
        <tbody>
          {facts.map(([signal, { reading, untilAt }]) => (
            <tr key={signal}>
              <td className="mono signal">{signal}</td>
              <td>
                {untilAt > at ? "" : `${staleText}, was `}
                {readingText(reading)}
              </td>
              <td>{sources.get(signal) ?? "controller"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function ReplayVerdict({ replay }: Pick<DecisionReplay, "replay">): ReactNode {
  switch (replay.kind) {
    case "gate":
      return <Mark tone="info" word="the state of the device itself said no; no rule was asked" />;
    case "impossible":
      return <Mark tone="unknown" word={`cannot be decided again: ${replay.why}`} />;
    case "decided":
      return replay.same ? (
        <Mark tone="met" word="identical in every part" />
      ) : (
        <Mark tone="unmet" word={`differs: ${replay.answer.effect} now`} />
      );
  }
}
