import { TextInput } from "@mantine/core";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  policyBegun,
  policyChangeList,
  type PolicyChangeShown,
  policyPlan,
} from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Age } from "./age.tsx";
import { Confirm } from "./confirm.tsx";
import { Mark } from "./mark.tsx";
import { Asked, Nothing, Panel } from "./panel.tsx";
import { PlanShown } from "./policy-plan.tsx";

/** Every change of the set, newest first; a former set can be put in force again. */
export function PolicyHistory({ inForce }: { readonly inForce: string | null }): ReactNode {
  const may = useMay("author");
  const changes = useQuery({
    queryKey: ["policies", "changes"],
    queryFn: () => ask("GET /policies/changes", policyChangeList),
  });
  return (
    <Panel title="Changes of the set" flush>
      <Asked query={changes}>
        {({ items }) => (
          <>
            {items.length === 0 ? <Nothing>No set was ever in force.</Nothing> : null}
            <table className="plain">
              <thead>
                <tr>
                  <th>#</th>
                  <th>When</th>
                  <th>What</th>
                  <th>State</th>
                  <th>Who</th>
                  <th>Why</th>
                  <th>Set</th>
                  {may ? <th>Again</th> : null}
                </tr>
              </thead>
              <tbody>
                {items.map((one) => (
                  <ChangeRow
                    key={one.id}
                    change={one}
                    again={
                      may ? (
                        <td>
                          {one.status === "done" && one.version !== inForce ? (
                            <PutBack version={one.version} />
                          ) : null}
                        </td>
                      ) : null
                    }
                  />
                ))}
              </tbody>
            </table>
          </>
        )}
      </Asked>
    </Panel>
  );
}

interface ChangeRowProps {
  readonly change: PolicyChangeShown;
  readonly again: ReactNode;
}

function ChangeRow({ change, again }: ChangeRowProps): ReactNode {
  const { id, createdAt, kind, status, author, approver, reason, why, version } = change;
  const tone =
    status === "done" ? "met" : status === "rolling" || status === "waiting" ? "info" : "unmet";
  return (
    <tr>
      <td>{id}</td>
      <td>
        <Age at={createdAt} />
      </td>
      <td>{kind}</td>
      <td>
        <Mark tone={tone} word={status} />
      </td>
      <td>{approver === null ? author : `${author}, approved by ${approver}`}</td>
      <td>
        {reason}
        {why === null ? null : <div className="muted">{why}</div>}
      </td>
      <td className="mono">{version.slice(0, 12)}</td>
      {again}
    </tr>
  );
}

/** Puts a former set in force again, once it was seen who gains and who loses by it. */
function PutBack({ version }: { readonly version: string }): ReactNode {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  // Asked for by the dialog alone, while it is open.
  const shown = useQuery({ ...planOf(version), enabled: false });
  const back = async () => {
    // Refused where another set came in force since this plan was shown.
    const body = { version, reason, plan: shown.data?.plan };
    await ask("POST /policies/rollback", policyBegun, { body });
    setReason("");
    await queries.invalidateQueries({ queryKey: ["policies"] });
  };
  return (
    <Confirm
      verb="Put in force again"
      effect={`The set ${version.slice(0, 12)} holds for everybody at once, or once somebody else approves it where that is asked for.`}
      lacking={reason.trim() === "" || shown.data === undefined}
      run={back}
    >
      <KeptPlan version={version} />
      <TextInput
        data-autofocus
        mt="sm"
        label="Why"
        value={reason}
        maxLength={512}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </Confirm>
  );
}

function KeptPlan({ version }: { readonly version: string }): ReactNode {
  const plan = useQuery(planOf(version));
  return <Asked query={plan}>{(data) => <PlanShown plan={data} />}</Asked>;
}

function planOf(version: string) {
  return queryOptions({
    queryKey: ["policies", "plan", "kept", version],
    queryFn: () => ask("POST /policies/plan", policyPlan, { body: { version, days: 0 } }),
  });
}
