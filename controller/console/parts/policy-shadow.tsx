import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { type PolicyShadow, policyShadow } from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { accessSaid } from "../text/words.ts";
import { Age } from "./age.tsx";
import { Mark } from "./mark.tsx";
import { Asked, Nothing, Panel } from "./panel.tsx";

type Trial = PolicyShadow["trials"][number];

/** What is only watched: how far it has come, and what it would answer differently. */
export function ShadowPanel(): ReactNode {
  const shadow = useQuery({
    queryKey: ["policies", "shadow"],
    queryFn: () => ask("GET /policies/shadow", policyShadow),
    // Differences are counted while devices report.
    refetchInterval: 5_000,
  });
  return (
    <Asked query={shadow}>
      {({ trials }) => (
        <>
          {trials.length === 0 ? (
            <Nothing>
              Nothing is in shadow. A policy with <code className="mono">mode: shadow</code>, or a
              whole set by <code className="mono">sallyport-controller policy shadow start</code>,
              is watched without being enforced.
            </Nothing>
          ) : null}
          {trials.map((trial) => (
            <TrialShown key={trial.trial} trial={trial} />
          ))}
        </>
      )}
    </Asked>
  );
}

function TrialShown({ trial }: { readonly trial: Trial }): ReactNode {
  return (
    <Panel
      title={trial.trial.replace(/^set:(\w{12})\w*$/, "Whole set $1")}
      aside={
        <Mark
          tone={trial.ready ? "met" : "info"}
          word={trial.ready ? "may be enforced" : "watching"}
        />
      }
      flush
    >
      <div className="inside">
        watched since <Age at={trial.startedAt} />, {trial.decisions}{" "}
        {trial.decisions === 1 ? "decision" : "decisions"} compared
        {trial.promotion.map(({ name, met, text }) => (
          <div key={name}>
            <Mark tone={met ? "met" : "unknown"} word={text} />
          </div>
        ))}
      </div>
      <table className="plain">
        <tbody>
          {trial.differences.map((one) => (
            <tr key={one.cause}>
              <td>{one.resource}</td>
              <td>
                <Mark {...accessSaid(one.before)} />
              </td>
              <td>
                <Mark {...accessSaid(one.after)} />
              </td>
              <td>
                {one.count === 1 ? "once" : `${one.count} times`},{" "}
                {one.devices.map(({ name }) => name).join(", ")}
              </td>
              <td>{one.accepted === null ? "not explained yet" : one.accepted.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
