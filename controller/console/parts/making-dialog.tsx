import { Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Refusal } from "./panel.tsx";

interface MakingDialogProps<Made> {
  readonly button: string;
  readonly title: string;
  readonly submit: string;
  /** Whether enough is filled in. */
  readonly ready: boolean;
  readonly make: () => Promise<Made>;
  /** The query of the list that it joins. */
  readonly listKey: readonly string[];
  /** Forgets what was filled in. */
  readonly onClose: () => void;
  readonly fields: ReactNode;
  /** What was made, shown this once. */
  readonly children: (made: Made, close: () => void) => ReactNode;
}

/** A button whose dialog asks for the fields, makes the thing and shows it. */
export function MakingDialog<Made>({
  button,
  title,
  submit,
  ready,
  make,
  listKey,
  onClose,
  fields,
  children,
}: MakingDialogProps<Made>): ReactNode {
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const making = useMutation({
    mutationFn: make,
    onSuccess: () => queries.invalidateQueries({ queryKey: listKey }),
  });
  const close = () => {
    setOpen(false);
    onClose();
    making.reset();
  };
  return (
    <>
      <Button size="xs" onClick={() => setOpen(true)}>
        {button}
      </Button>
      <Modal opened={open} onClose={close} title={title} size="lg" centered>
        {making.data === undefined ? (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              making.mutate();
            }}
          >
            <Stack gap="sm">
              {fields}
              {making.error === null ? null : <Refusal error={making.error} step />}
              <Group justify="flex-end">
                <Button variant="default" onClick={close}>
                  Cancel
                </Button>
                <Button type="submit" loading={making.isPending} disabled={!ready}>
                  {submit}
                </Button>
              </Group>
            </Stack>
          </form>
        ) : (
          children(making.data, close)
        )}
      </Modal>
    </>
  );
}
