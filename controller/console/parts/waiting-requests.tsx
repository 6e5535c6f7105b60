import { Group } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { unmetText } from "#shared/policy/reason-text.ts";
import {
  accessRequestList,
  type AccessRequestShown,
  accessRequestStepped,
} from "#shared/protocol/api/access-request.ts";
import { policySimulation } from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { durationText } from "../text/time.ts";
import { requestSaid } from "../text/words.ts";
import { Age } from "./age.tsx";
import { Confirm } from "./confirm.tsx";
import { Mark } from "./mark.tsx";
import { Asked, Nothing, Panel } from "./panel.tsx";

const settledMax = 20;

/** Requests for access for a while: those that wait first, with what a yes would open. */
export function WaitingRequests(): ReactNode {
  const requests = useQuery({
    queryKey: ["requests"],
    queryFn: () => ask("GET /requests", accessRequestList),
  });
  return (
    <Panel title="Access for a while" flush>
      <Asked query={requests}>
        {({ items }) => {
          const waiting = items.filter(({ state }) => state === "pending");
          const settled = items.filter(({ state }) => state !== "pending").slice(0, settledMax);
          return (
            <>
              {waiting.length === 0 ? <Nothing>Nobody asks for access.</Nothing> : null}
              <table className="plain">
                <tbody>
                  {[...waiting, ...settled].map((one) => (
                    <RequestRow key={one.id} request={one} />
                  ))}
                </tbody>
              </table>
            </>
          );
        }}
      </Asked>
    </Panel>
  );
}

function RequestRow({ request }: { readonly request: AccessRequestShown }): ReactNode {
  const { device, deviceName, resource, resourceName, reason, seconds, state, at } = request;
  const { requestedByName, approvals, approvalsNeeded, untilAt } = request;
  return (
    <tr>
      <td>
        <Mark {...requestSaid(state)} />
      </td>
      <td>
        <Link href={`/devices/${device}`}>{deviceName ?? device}</Link> to{" "}
        <strong>{resourceName ?? resource}</strong> for {durationText(seconds)}
        <div className="muted">
          {requestedByName}, <Age at={at} />: {reason}
        </div>
      </td>
      <td>
        {state === "pending" ? <WouldOpen request={request} /> : null}
        {state === "approved" ? (
          <>
            ends <Age at={untilAt} />
          </>
        ) : null}
        {request.endedBecause === null ? null : <div>{request.endedBecause}</div>}
        <div className="muted">
          {approvals.length} of {approvalsNeeded} agreed
          {approvals.length === 0 ? "" : `: ${approvals.map(({ name }) => name).join(", ")}`}
        </div>
      </td>
      <td>
        <RequestSteps request={request} />
      </td>
    </tr>
  );
}

/** What the rules in force would answer with this approval: a yes alone may not be enough. */
function WouldOpen({ request }: { readonly request: AccessRequestShown }): ReactNode {
  const { device, resourceName, role, seconds, approvalsNeeded } = request;
  const minutes = Math.max(1, Math.round(seconds / 60));
  const tried = useQuery({
    queryKey: ["device", "would-open", request.id],
    queryFn: () =>
      ask("POST /policies/simulate", policySimulation, {
        body: {
          device,
          resource: resourceName ?? "",
          elevations: [{ role, approvals: approvalsNeeded, minutes }],
        },
      }),
    enabled: resourceName !== null,
  });
  const answer = tried.data?.answers[0];
  if (tried.error !== null)
    return <Mark tone="unknown" word={`effect not known: ${tried.error.message}`} />;
  if (answer === undefined) return null;
  if (answer.effect === "allow") return <Mark tone="met" word="opens once all agreed" />;
  return (
    <>
      <Mark tone="unmet" word="stays closed all the same" />
      {answer.unmet.map((unmet) => (
        <div key={unmetText(unmet)} className="muted">
          {unmetText(unmet)}
        </div>
      ))}
    </>
  );
}

function RequestSteps({ request }: { readonly request: AccessRequestShown }): ReactNode {
  const queries = useQueryClient();
  const [approves, operates] = [useMay("approve"), useMay("operate")];
  const { id, state, deviceName, device, resourceName, resource, seconds } = request;
  const what = `${resourceName ?? resource} for ${deviceName ?? device}`;
  const step = (verb: "approve" | "deny" | "end") => async () => {
    const order = { params: { key: id } };
    const effect = await ask(`POST /requests/:key/${verb}`, accessRequestStepped, order);
    await queries.invalidateQueries({ queryKey: ["requests"] });
    return effect;
  };
  if (state === "approved") {
    return (
      <Confirm
        verb="End"
        effect={`Closes ${what} at once and cuts what flows.`}
        danger
        disabled={!operates}
        run={step("end")}
      />
    );
  }
  if (state !== "pending") return null;
  return (
    <Group gap={6} wrap="nowrap">
      <Confirm
        verb="Approve"
        effect={`Opens ${what} for ${durationText(seconds)}, as long as every other condition holds.`}
        disabled={!approves}
        run={step("approve")}
      />
      <Confirm
        verb="Deny"
        effect={`${what} stays closed; who asked is told.`}
        disabled={!approves}
        run={step("deny")}
      />
    </Group>
  );
}
