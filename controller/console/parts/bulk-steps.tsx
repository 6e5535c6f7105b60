import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { DeviceShown } from "#shared/protocol/api/device.ts";
import { type StepResults, stepResults } from "#shared/protocol/api/fleet.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { countText, standingSaid } from "../text/words.ts";
import { type LastStep, lastStepKey } from "./last-step.tsx";
import { Mark } from "./mark.tsx";
import { Refusal } from "./panel.tsx";

/** So many are easily meant; above it the number is typed. */
const easilyMeantMax = 20;
const bulkMax = 500;

const steps = [
  { step: "recheck", verb: "Recheck", danger: false },
  { step: "quarantine", verb: "Quarantine", danger: true },
  { step: "revoke", verb: "Revoke", danger: true },
] as const;

type Step = (typeof steps)[number];

interface BulkProps {
  readonly devices: readonly DeviceShown[];
  readonly onDone: () => void;
}

/** What one may do to the devices that are marked; each step names them all first. */
export function BulkSteps({ devices, onDone }: BulkProps): ReactNode {
  const operates = useMay("operate");
  const [asked, setAsked] = useState<Step | null>(null);
  if (devices.length === 0) return null;
  const many = devices.length > bulkMax;
  return (
    <Group gap={8} role="region" aria-label="Marked devices">
      <strong>{devices.length} marked</strong>
      {steps.map((step) => (
        <Button
          key={step.step}
          size="xs"
          variant="default"
          disabled={!operates || many}
          onClick={() => setAsked(step)}
        >
          {step.verb}
        </Button>
      ))}
      <Button size="xs" variant="subtle" onClick={onDone}>
        Unmark
      </Button>
      {many ? <span className="muted">{bulkMax} at once at most</span> : null}
      {asked === null ? null : (
        <BulkDialog
          step={asked}
          devices={devices}
          onClose={(done) => {
            setAsked(null);
            if (done) onDone();
          }}
        />
      )}
    </Group>
  );
}

interface DialogProps {
  readonly step: Step;
  readonly devices: readonly DeviceShown[];
  readonly onClose: (done: boolean) => void;
}

function BulkDialog({ step, devices, onClose }: DialogProps): ReactNode {
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const take = useMutation({
    mutationFn: () => {
      const body = { step: step.step, devices: devices.map(({ id }) => id) };
      return ask("POST /devices/steps", stepResults, { body });
    },
    onSuccess: ({ items, tookMs, removals }) => {
      const count = items.filter(({ problem }) => problem === null).length;
      const verb = `${step.verb}, ${count} of ${countText(items.length, "device")}`;
      queries.setQueryData<LastStep>(lastStepKey, { verb, tookMs, removals, doneAt: Date.now() });
      return queries.invalidateQueries({ queryKey: ["devices"] });
    },
  });
  const open = devices.reduce((sum, { access }) => sum + (access?.open ?? 0), 0);
  const sure = devices.length <= easilyMeantMax || typed.trim() === String(devices.length);
  const colour = step.danger ? { color: "red.8" } : {};
  return (
    <Modal
      opened
      onClose={() => onClose(take.data !== undefined)}
      title={`${step.verb} ${countText(devices.length, "device")}`}
      centered
      size="lg"
    >
      {take.data === undefined ? (
        <>
          <p style={{ marginTop: 0 }}>{effectOf(step, open)}</p>
          <NameList devices={devices} />
          {devices.length > easilyMeantMax ? (
            <TextInput
              mt="sm"
              label={`Type ${devices.length} to go on`}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          ) : null}
          {take.error === null ? null : <Refusal error={take.error} step />}
        </>
      ) : (
        <Results items={take.data.items} />
      )}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => onClose(take.data !== undefined)}>
          {take.data === undefined ? "Cancel" : "Close"}
        </Button>
        {take.data === undefined ? (
          <Button
            {...colour}
            disabled={!sure}
            loading={take.isPending}
            onClick={() => take.mutate()}
          >
            {step.verb}
          </Button>
        ) : null}
      </Group>
    </Modal>
  );
}

function effectOf({ step }: Step, open: number): string {
  const ends = `ends ${countText(open, "access")} now and cuts what flows`;
  switch (step) {
    case "recheck":
      return "Asks each of them to look at its facts again; those that are away are told as such.";
    case "quarantine":
      return `Blocks each of them: ${ends}. A release gives access back, one by one.`;
    case "revoke":
      return `Ends each identity for good: ${ends}. Each must enrol anew.`;
  }
}

function NameList({ devices }: Pick<DialogProps, "devices">): ReactNode {
  return (
    <ul className="name-list" tabIndex={0} aria-label="Devices">
      {devices.map(({ id, name, owner, status }) => (
        <li key={id}>
          <strong>{name}</strong>
          <span className="muted">
            {owner === undefined ? "" : `${owner}, `}
            {standingSaid(status).word}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Results({ items }: Pick<StepResults, "items">): ReactNode {
  const failed = items.filter(({ problem }) => problem !== null);
  return (
    <div role="status">
      <Mark tone="met" word={`${items.length - failed.length} done`} />{" "}
      {failed.length === 0 ? null : <Mark tone="unmet" word={`${failed.length} not`} />}
      <ul className="name-list">
        {failed.map(({ device, name, problem }) => (
          <li key={device}>
            <strong>{name}</strong>
            <span>{`${problem?.detail ?? ""} (${problem?.code ?? ""})`}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
