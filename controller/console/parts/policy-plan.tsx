import type { ReactNode } from "react";
import type { PolicyPlan } from "#shared/protocol/api/policy.ts";
import { accessSaid, countText } from "../text/words.ts";
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
        <span className="muted">of {countText(current.moments, "device")} as they are now</span>
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
      <Changes title="Who loses" changes={losing} />
      <Changes title="Who gains" changes={gaining} />
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
  const shown = changes.slice(0, rowsMax);
  return (
    <>
      <strong>{title}</strong>
      <ul className="changes" tabIndex={0} aria-label={title}>
        {shown.map((one) => (
          <li key={`${one.device} ${one.resource}`}>
            <span>
              <strong>{one.deviceName}</strong> to {one.resource}
            </span>
            <Mark {...accessSaid(one.after)} />
            <span className="muted">
              {[...one.because.after, ...one.because.before].join(", ") || "no rule"}
            </span>
            <span className="muted">was {accessSaid(one.before).word}</span>
          </li>
        ))}
      </ul>
      {changes.length > shown.length ? (
        <div className="muted">and {changes.length - shown.length} more</div>
      ) : null}
    </>
  );
}
