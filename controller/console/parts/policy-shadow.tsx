import { Group, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  differenceAccepted,
  policyBegun,
  type PolicyShadow,
  policyShadow,
  shadowStopped,
} from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { accessSaid } from "../text/words.ts";
import { Age } from "./age.tsx";
import { Confirm } from "./confirm.tsx";
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
      {({ set, trials }) => (
        <>
          {set === null ? null : <SetSteps ready={isReady(trials)} />}
          {trials.length === 0 ? (
            <Nothing>
              Nothing is in shadow. A policy with <code className="mono">mode: shadow</code>, or a
              whole set that is only watched, is compared without being enforced.
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

function isReady(trials: readonly Trial[]): boolean {
  return trials.find(({ trial }) => trial.startsWith("set:"))?.ready ?? false;
}

/** What one may do with the set that is only watched. */
function SetSteps({ ready }: { readonly ready: boolean }): ReactNode {
  const queries = useQueryClient();
  const may = useMay("author");
  const [reason, setReason] = useState("");
  const [override, setOverride] = useState("");
  const again = () => queries.invalidateQueries({ queryKey: ["policies"] });
  const stop = async () => {
    await ask("POST /policies/shadow/stop", shadowStopped);
    await again();
  };
  const promote = async () => {
    const early = ready ? {} : { override };
    await ask("POST /policies/shadow/promote", policyBegun, { body: { reason, ...early } });
    await again();
  };
  return (
    <Group gap={8} mb="sm">
      <Confirm
        verb="Put in force"
        effect="The watched set takes the place of the one in force, at once or ring by ring."
        disabled={!may}
        lacking={reason.trim() === "" || (!ready && override.trim() === "")}
        run={promote}
      >
        <Why label="Why" value={reason} change={setReason} />
        {ready ? null : (
          <Why label="Why before it was watched enough" value={override} change={setOverride} />
        )}
      </Confirm>
      <Confirm
        verb="Watch no longer"
        effect="What was counted of the watched set is forgotten; the set in force stays."
        disabled={!may}
        run={stop}
      />
    </Group>
  );
}

interface WhyProps {
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

function Why({ label, value, change }: WhyProps): ReactNode {
  return (
    <TextInput
      data-autofocus
      mb="xs"
      label={label}
      value={value}
      maxLength={512}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

/** Says that a difference is meant. */
function Accept({ trial, cause }: { readonly trial: string; readonly cause: string }): ReactNode {
  const queries = useQueryClient();
  const may = useMay("author");
  const [reason, setReason] = useState("");
  const accept = async () => {
    const body = { trial, cause, reason };
    await ask("POST /policies/shadow/accept", differenceAccepted, { body });
    await queries.invalidateQueries({ queryKey: ["policies"] });
  };
  return (
    <Confirm
      verb="Explain"
      effect="The difference is meant: it holds nothing up any more."
      disabled={!may}
      lacking={reason.trim() === ""}
      run={accept}
    >
      <Why label="Why it is meant" value={reason} change={setReason} />
    </Confirm>
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
              <td>
                {one.accepted === null ? <Accept trial={trial.trial} cause={one.cause} /> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
