import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useSearchParams } from "wouter";
import { unmetText } from "#shared/policy/reason-text.ts";
import { type PolicySimulation, policySimulation } from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { AccessMatrixShown } from "../parts/access-matrix.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { Mark } from "../parts/mark.tsx";
import { Asked, PageHead, Panel } from "../parts/panel.tsx";
import { effectSaid } from "../text/words.ts";
import { factsOf } from "../text/what-if.ts";

type Answer = PolicySimulation["answers"][number];

/** What a device may reach, why or why not, and what other facts would change. */
export function ExplorerPage(): ReactNode {
  const [params, setParams] = useSearchParams();
  const [device, whatIf] = [params.get("device") ?? "", params.get("facts") ?? ""];
  const set = (name: string, value: string) =>
    setParams(
      (former) => {
        const next = new URLSearchParams(former);
        if (value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const read = factsOf(whatIf);
  return (
    <>
      <PageHead title="Explorer">
        {device === "" ? (
          <>
            <SearchField
              label="Device, owner, group"
              value={params.get("search") ?? ""}
              onChange={(value) => set("search", value)}
            />
            <SearchField
              label="Resource or its tag"
              value={params.get("resource") ?? ""}
              onChange={(value) => set("resource", value)}
            />
          </>
        ) : (
          <Button size="xs" variant="default" onClick={() => set("device", "")}>
            All devices
          </Button>
        )}
      </PageHead>
      <div style={{ display: "flex", gap: 14, flexWrap: "wrap" }}>
        <TextInput
          label="As the device"
          description="its name or id"
          w={240}
          value={device}
          onChange={(event) => set("device", event.currentTarget.value)}
        />
        <TextInput
          label="What if"
          description="facts that are otherwise, as firewall.enabled=true"
          style={{ flex: 1, minWidth: 280 }}
          value={whatIf}
          error={read.kind === "wrong" ? `\`${read.word}\` is no fact` : undefined}
          onChange={(event) => set("facts", event.currentTarget.value)}
        />
      </div>
      {device === "" ? (
        <AccessMatrixShown
          search={params.get("search") ?? ""}
          resource={params.get("resource") ?? ""}
        />
      ) : (
        <Answers device={device} facts={read.kind === "facts" ? read.facts : {}} />
      )}
    </>
  );
}

interface AnswersProps {
  readonly device: string;
  readonly facts: Readonly<Record<string, boolean | number | string>>;
}

function Answers(props: AnswersProps): ReactNode {
  const [{ device, facts }] = useDebouncedValue(props, 300);
  const changed = Object.keys(facts).length > 0;
  const now = useSimulation(device, {});
  const then = useSimulation(device, facts);
  return (
    <Panel title={`What ${now.data?.deviceName ?? device} may reach`} flush>
      <Asked query={now}>
        {({ answers }) => (
          <table className="plain">
            <thead>
              <tr>
                <th>Resource</th>
                <th>Now</th>
                {changed ? <th>What if</th> : null}
                <th>Why</th>
              </tr>
            </thead>
            <tbody>
              {answers.map((one) => (
                <AnswerRow
                  key={one.resource}
                  now={one}
                  then={
                    changed
                      ? (then.data?.answers.find((other) => other.resource === one.resource) ??
                        null)
                      : null
                  }
                  changed={changed}
                />
              ))}
            </tbody>
          </table>
        )}
      </Asked>
      {changed && then.error !== null ? <Asked query={then}>{() => null}</Asked> : null}
    </Panel>
  );
}

function useSimulation(device: string, facts: AnswersProps["facts"]) {
  return useQuery({
    // A device's facts change what it may reach, so its notices make this old too.
    queryKey: ["device", "simulation", device, facts],
    queryFn: () => ask("POST /policies/simulate", policySimulation, { body: { device, facts } }),
  });
}

interface AnswerRowProps {
  readonly now: Answer;
  readonly then: Answer | null;
  readonly changed: boolean;
}

function AnswerRow({ now, then, changed }: AnswerRowProps): ReactNode {
  const why = then ?? now;
  // Nobody named it, and named but something is missing, are different answers.
  const nobody = why.effect === "deny" && why.unmet.length + why.determinedBy.length === 0;
  return (
    <tr>
      <td>
        <strong>{now.resource}</strong>
      </td>
      <td>
        <Answered answer={now} />
      </td>
      {changed ? <td>{then === null ? null : <Answered answer={then} />}</td> : null}
      <td>
        {nobody ? <span className="muted">no rule names this device and resource</span> : null}
        {why.unmet.map((unmet) => (
          <div key={unmetText(unmet)}>{unmetText(unmet)}</div>
        ))}
        {why.determinedBy.length > 0 ? <div>by {why.determinedBy.join(", ")}</div> : null}
      </td>
    </tr>
  );
}

function Answered({ answer }: { readonly answer: Answer }): ReactNode {
  const nobody = answer.effect === "deny" && answer.unmet.length + answer.determinedBy.length === 0;
  return nobody ? <Mark tone="unknown" word="no rule" /> : <Mark {...effectSaid(answer.effect)} />;
}
