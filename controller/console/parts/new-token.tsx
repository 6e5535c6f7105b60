import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { type Role, roles } from "#shared/base/role.ts";
import type { BodyOf } from "#shared/protocol/api/contract.ts";
import { type TokenMade, tokenMade } from "#shared/protocol/api/credential.ts";
import { ask } from "../live/api.ts";
import { roleChoices } from "../text/role-choices.ts";
import { Age } from "./age.tsx";
import { CopyLine } from "./copy-line.tsx";
import { MakingDialog } from "./making-dialog.tsx";

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
  const [wanted, setWanted] = useState(usual);
  return (
    <MakingDialog
      button="New token"
      title="New token"
      submit="Make the token"
      ready={wanted.name !== ""}
      make={() => ask("POST /tokens", tokenMade, { body: orderOf(wanted) })}
      listKey={["tokens"]}
      onClose={() => setWanted(usual)}
      fields={<TokenFields wanted={wanted} change={(more) => setWanted({ ...wanted, ...more })} />}
    >
      {(made, close) => <TokenText made={made} onClose={close} />}
    </MakingDialog>
  );
}

function orderOf({ name, admin, role, validForSeconds }: Wanted): BodyOf<"POST /tokens"> {
  const owner = admin === "" ? {} : { admin };
  return { name, role, validForSeconds: Number(validForSeconds), ...owner };
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
        data={roleChoices}
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

interface TokenTextProps {
  readonly made: TokenMade;
  readonly onClose: () => void;
}

function TokenText({ made, onClose }: TokenTextProps): ReactNode {
  return (
    <Stack gap="sm">
      <Text size="sm">
        The token is shown this once and not kept. It ends <Age at={made.expiresAt} />.
      </Text>
      <CopyLine label="the token" text={made.token} />
      <Group justify="flex-end">
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}
