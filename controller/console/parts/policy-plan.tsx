import type { ReactNode } from "react";
import type { PolicyPlan } from "#shared/protocol/api/policy.ts";
import { accessSaid } from "../text/words.ts";
import { Mark } from "./mark.tsx";

type Change = PolicyPlan["current"]["changes"][number];

const rowsMax = 200;

/** Who would gain and who would lose what, before anything is done. */
export function PlanShown({ plan }: { readonly plan: PolicyPlan }): ReactNode {
  const { current, documents } = plan;
  const rank = (access: string) => ["closed", "stepUp", "open"].indexOf(access);
  const isLoss = ({ before, after }: Change) => rank(after) < rank(before);
  const losing = current.changes.filter(isLoss);
  const gaining = current.changes.filter((change) => !isLoss(change));
  return (
    <>
      <div style={{ display: "flex", gap: 8, flexWrap: "wrap", marginBottom: 8 }}>
        <Mark
          tone={current.lost === 0 ? "unknown" : "unmet"}
          word={`${current.devicesLosing} lose`}
        />
        <Mark
          tone={current.gained === 0 ? "unknown" : "met"}
          word={`${current.devicesGaining} gain`}
        />
        <span className="muted">of {current.moments} devices as they are now</span>
      </div>
      {current.closesEverything ? (
        <div role="alert">
          <Mark tone="unmet" word="nobody would reach anything" />
        </div>
      ) : null}
      {current.lockedOut.length > 0 ? (
        <div role="alert">
          <Mark tone="unmet" word={`shuts out ${current.lockedOut.join(" and ")}`} />
        </div>
      ) : null}
      <Changes title="Lose" changes={losing} />
      <Changes title="Gain" changes={gaining} />
      {documents.length === 0 ? (
        <div className="muted">No rule, level or resource differs.</div>
      ) : (
        <div className="muted">
          {documents.map(({ what, name, change }) => `${what} ${name} ${change}`).join(" · ")}
        </div>
      )}
    </>
  );
}

function Changes({
  title,
  changes,
}: {
  readonly title: string;
  readonly changes: readonly Change[];
}): ReactNode {
  if (changes.length === 0) return null;
  return (
    <table className="plain" style={{ marginBottom: 8 }}>
      <thead>
        <tr>
          <th>{title}</th>
          <th>Resource</th>
          <th>Then</th>
          <th>Because</th>
        </tr>
      </thead>
      <tbody>
        {changes.slice(0, rowsMax).map((one) => (
          <tr key={`${one.device} ${one.resource}`}>
            <td>{one.deviceName}</td>
            <td>{one.resource}</td>
            <td>
              <Mark {...accessSaid(one.after)} />{" "}
              <span className="muted">was {accessSaid(one.before).word}</span>
            </td>
            <td>{[...one.because.after, ...one.because.before].join(", ") || "no rule"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
