import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type Role, roles } from "#shared/base/role.ts";
import { tokenMade } from "#shared/protocol/api/credential.ts";
import { ask } from "../live/api.ts";
import { Age } from "./age.tsx";
import { CopyLine } from "./copy-line.tsx";
import { Refusal } from "./panel.tsx";

const offered: readonly { readonly value: Role; readonly label: string }[] = [
  { value: "viewer", label: "viewer: looks" },
  { value: "operator", label: "operator: looks, quarantines, revokes, rechecks" },
  { value: "policy-author", label: "policy-author: looks, changes policy" },
  { value: "approver", label: "approver: looks, approves what others ask for" },
  { value: "reporter", label: "reporter: tells what was seen elsewhere" },
  { value: "admin", label: "admin: everything" },
];

const lives = [
  { value: "86400", label: "1 day" },
  { value: "2592000", label: "30 days" },
  { value: "7776000", label: "90 days" },
  { value: "31536000", label: "a year" },
];

interface Wanted {
  readonly name: string;
  readonly admin: string;
  readonly role: Role;
  readonly validForSeconds: string;
}

const usual: Wanted = { name: "", admin: "", role: "viewer", validForSeconds: "7776000" };

/** A button and its dialog: a new token, whose text is shown this once. */
export function NewToken(): ReactNode {
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(usual);
  const make = useMutation({
    mutationFn: ({ name, admin, role, validForSeconds }: Wanted) =>
      ask("POST /tokens", tokenMade, {
        body: {
          name,
          role,
          validForSeconds: Number(validForSeconds),
          ...(admin === "" ? {} : { admin }),
        },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
  const close = () => {
    setOpen(false);
    setWanted(usual);
    make.reset();
  };
  return (
    <>
      <Button size="xs" onClick={() => setOpen(true)}>
        New token
      </Button>
      <Modal opened={open} onClose={close} title="New token" size="lg" centered>
        {make.data === undefined ? (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              make.mutate(wanted);
            }}
          >
            <Stack gap="sm">
              <TokenFields wanted={wanted} change={(more) => setWanted({ ...wanted, ...more })} />
              {make.error === null ? null : <Refusal error={make.error} />}
              <Group justify="flex-end">
                <Button variant="default" onClick={close}>
                  Cancel
                </Button>
                <Button type="submit" loading={make.isPending} disabled={wanted.name === ""}>
                  Make the token
                </Button>
              </Group>
            </Stack>
          </form>
        ) : (
          <Stack gap="sm">
            <Text size="sm">
              The token is shown this once and not kept. It ends <Age at={make.data.expiresAt} />.
            </Text>
            <CopyLine label="the token" text={make.data.token} />
            <Group justify="flex-end">
              <Button onClick={close}>Done</Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}

interface TokenFieldsProps {
  readonly wanted: Wanted;
  readonly change: (more: Partial<Wanted>) => void;
}

function TokenFields({ wanted, change }: TokenFieldsProps): ReactNode {
  return (
    <>
      <TextInput
        label="Name of the token"
        description="Lower-case letters, digits, dots and hyphens"
        data-autofocus
        value={wanted.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <TextInput
        label="Administrator"
        description="Whose it is; the name of the token when left empty"
        value={wanted.admin}
        onChange={(event) => change({ admin: event.currentTarget.value })}
      />
      <Select
        label="Role"
        data={offered}
        value={wanted.role}
        allowDeselect={false}
        onChange={(role) => change({ role: roles.find((one) => one === role) ?? "viewer" })}
      />
      <Select
        label="Ends after"
        data={lives}
        value={wanted.validForSeconds}
        allowDeselect={false}
        onChange={(life) => change({ validForSeconds: life ?? usual.validForSeconds })}
      />
    </>
  );
}
