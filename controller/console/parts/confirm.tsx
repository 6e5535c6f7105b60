import { Button, Group, Modal, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import type { StepEffect } from "#shared/protocol/api/step.ts";
import { type LastStep, lastStepKey } from "./last-step.tsx";
import { Refusal } from "./panel.tsx";

interface ConfirmProps {
  readonly verb: string;
  /** What happens to whom, said before it does. */
  readonly effect: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** Whether the dialog still lacks something. */
  readonly lacking?: boolean;
  /** Whatever is read for the dialog is read now. */
  readonly onOpen?: () => void;
  /** What it answers is shown where the controller says what the step did. */
  readonly run: () => Promise<StepEffect | void>;
  /** More to see or to fill in before it is done. */
  readonly children?: ReactNode;
}

/** A step may take its own button away; whoever has no mouse goes on from the page, not from its head. */
function keepFocus(): void {
  window.setTimeout(() => {
    if (document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>("#content")?.focus({ preventScroll: true });
  });
}

/** A button whose dialog names the effect first. */
export function Confirm({
  verb,
  effect,
  danger = false,
  disabled = false,
  lacking = false,
  onOpen,
  run,
  children,
}: ConfirmProps): ReactNode {
  const [open, setOpen] = useState(false);
  const queries = useQueryClient();
  const step = useMutation({
    mutationFn: async () => {
      const begun = performance.now();
      const effect = await run();
      const { tookMs, removals } = effect ?? { tookMs: performance.now() - begun, removals: [] };
      return { verb, tookMs, removals, doneAt: Date.now() };
    },
    onSuccess: (done) => {
      setOpen(false);
      // The button may be gone by now: a device that is quarantined offers other steps.
      queries.setQueryData<LastStep>(lastStepKey, done);
    },
  });
  useEffect(() => keepFocus, []);
  const colour = danger ? { color: "red.8" } : {};
  return (
    <>
      <Button
        size="xs"
        variant="default"
        disabled={disabled}
        onClick={() => {
          step.reset();
          onOpen?.();
          setOpen(true);
        }}
      >
        {verb}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={verb} centered>
        <Text mb="md">{effect}</Text>
        {children}
        {step.error === null ? null : <Refusal error={step.error} step />}
        <Group justify="flex-end" mt="md">
          <Button
            variant="default"
            onClick={() => setOpen(false)}
            {...(danger ? { "data-autofocus": true } : {})}
          >
            Cancel
          </Button>
          <Button
            {...colour}
            loading={step.isPending}
            disabled={lacking}
            onClick={() => step.mutate()}
            {...(danger || children !== undefined ? {} : { "data-autofocus": true })}
          >
            {verb}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
