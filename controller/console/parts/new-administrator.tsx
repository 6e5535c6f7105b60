import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { type Role, roles } from "#shared/base/role.ts";
import { signInLink } from "#shared/protocol/api/session.ts";
import { ask } from "../live/api.ts";
import { roleChoices } from "../text/role-choices.ts";
import { Age } from "./age.tsx";
import { CopyLine } from "./copy-line.tsx";
import { MakingDialog } from "./making-dialog.tsx";

/** A program has no passkey. */
const offered = roleChoices.filter(({ value }) => value !== "reporter");

/** A button and its dialog: a link by which somebody becomes an administrator with a passkey, shown this once. */
export function NewAdministrator(): ReactNode {
  const [role, setRole] = useState<Role>("viewer");
  return (
    <MakingDialog
      button="New administrator"
      title="New administrator"
      submit="Make the link"
      ready
      make={() => ask("POST /session/set-up-links", signInLink, { body: { role } })}
      listKey={["passkeys"]}
      onClose={() => setRole("viewer")}
      fields={
        <Select
          label="Role"
          data={offered}
          value={role}
          allowDeselect={false}
          onChange={(value) => setRole(roles.find((one) => one === value) ?? "viewer")}
        />
      }
    >
      {({ url, expiresAt }, close) => (
        <Stack gap="sm">
          <Text size="sm">
            Whoever opens the link first chooses a name and a passkey. It is shown this once and
            ends <Age at={expiresAt} />.
          </Text>
          <CopyLine label="the link" text={url} />
          <Group justify="flex-end">
            <Button onClick={close}>Done</Button>
          </Group>
        </Stack>
      )}
    </MakingDialog>
  );
}
