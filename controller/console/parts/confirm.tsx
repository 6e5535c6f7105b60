import { Button, Group, Modal, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { durationText } from "../text/time.ts";
import { Refusal } from "./panel.tsx";

interface ConfirmProps {
  readonly verb: string;
  /** What happens to whom, said before it does. */
  readonly effect: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly run: () => Promise<unknown>;
}

/** A button whose dialog names the effect first, and afterwards how long it took. */
export function Confirm({
  verb,
  effect,
  danger = false,
  disabled = false,
  run,
}: ConfirmProps): ReactNode {
  const [open, setOpen] = useState(false);
  const step = useMutation({
    mutationFn: async () => {
      const begun = performance.now();
      await run();
      return performance.now() - begun;
    },
    onSuccess: () => setOpen(false),
  });
  const colour = danger ? { color: "red.8" } : {};
  return (
    <>
      <Button
        size="xs"
        variant="default"
        disabled={disabled}
        onClick={() => {
          step.reset();
          setOpen(true);
        }}
      >
        {verb}
      </Button>
      {step.data === undefined ? null : (
        <span className="muted" role="status">
          done in{" "}
          {step.data < 1_000 ? `${Math.round(step.data)} ms` : durationText(step.data / 1_000)}
        </span>
      )}
      <Modal opened={open} onClose={() => setOpen(false)} title={verb} centered>
        <Text mb="md">{effect}</Text>
        {step.error === null ? null : <Refusal error={step.error} />}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setOpen(false)}>
            Cancel
          </Button>
          <Button {...colour} loading={step.isPending} onClick={() => step.mutate()} data-autofocus>
            {verb}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
