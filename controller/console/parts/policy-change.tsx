import { Group, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  type PolicyChangeShown,
  type PolicyStatus,
  policyStepped,
} from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Age } from "./age.tsx";
import { Confirm } from "./confirm.tsx";
import { Mark } from "./mark.tsx";
import { Panel } from "./panel.tsx";

interface ChangeProps {
  readonly status: PolicyStatus;
  readonly change: PolicyChangeShown;
}

/** The change that is under way: where it stands, and what one may do about it. */
export function PolicyChangePanel({ status, change }: ChangeProps): ReactNode {
  const { rollOut } = status;
  return (
    <Panel
      title={`Change ${change.id} is under way`}
      aside={<Mark tone="info" word={change.status} />}
    >
      <div>
        {change.author}: {change.reason}{" "}
        <span className="muted">
          (<Age at={change.createdAt} />)
        </span>
      </div>
      {change.why === null ? null : <div role="alert">{change.why}</div>}
      {rollOut === null ? null : (
        <div className="muted">
          ring {rollOut.ring + 1} of {rollOut.rings.length + 1} ({rollOut.ringName}),{" "}
          {rollOut.devicesSeen} devices seen, {rollOut.lost} accesses lost; next{" "}
          <Age at={rollOut.nextAt} />
        </div>
      )}
      <Steps change={change} />
    </Panel>
  );
}

function Steps({ change }: Pick<ChangeProps, "change">): ReactNode {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [approves, authors] = [useMay("approve"), useMay("author")];
  const step = (verb: "approve" | "deny" | "resume" | "abort") => async () => {
    const params = { change: String(change.id), step: verb };
    const route = verb === "approve" ? verb : ":step";
    const order = { params, body: { reason } };
    await ask(`POST /policies/changes/:change/${route}`, policyStepped, order);
    await queries.invalidateQueries({ queryKey: ["policies"] });
  };
  const steps = [
    [
      "waiting",
      "approve",
      approves,
      "Puts the set in force, or on its way; somebody else than its author says so.",
    ],
    ["waiting", "deny", authors, "The set does not come in force."],
    ["halted", "resume", authors, "Goes on with the rings; what is lost so far counts as seen."],
    ["halted", "abort", authors, "Every device goes back to the former set."],
    ["rolling", "abort", authors, "Every device goes back to the former set."],
  ] as const;
  return (
    <Group mt="sm" align="flex-end">
      <TextInput
        size="xs"
        w={320}
        label="Why"
        value={reason}
        maxLength={512}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {steps
        .filter(([status]) => status === change.status)
        .map(([, verb, may, effect]) => (
          <Confirm
            key={verb}
            verb={`${verb.slice(0, 1).toUpperCase()}${verb.slice(1)}`}
            effect={effect}
            disabled={!may || reason.trim() === ""}
            run={step(verb)}
          />
        ))}
    </Group>
  );
}
