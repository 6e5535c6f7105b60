import { Button, Group, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import {
  passkeyList,
  passkeyOptions,
  passkeyRemoved,
  type PasskeyShown,
  passkeyShown,
} from "#shared/protocol/api/passkey.ts";
import { ask } from "../live/api.ts";
import { createPasskey } from "../live/passkey.ts";
import { useSession } from "../live/session.tsx";
import { Age } from "./age.tsx";
import { Confirm } from "./confirm.tsx";
import { type Column, DataTable } from "./data-table.tsx";
import { Asked, Panel, Refusal } from "./panel.tsx";

/** Passkeys: one's own to add to, and for administrators everybody's to take away. */
export function Passkeys(): ReactNode {
  const queries = useQueryClient();
  const { admin } = useSession();
  const passkeys = useQuery({
    queryKey: ["passkeys"],
    queryFn: () => ask("GET /passkeys", passkeyList),
  });
  const remove = async ({ id }: PasskeyShown) => {
    await ask("POST /passkeys/:key/remove", passkeyRemoved, { params: { key: id } });
    await queries.invalidateQueries({ queryKey: ["passkeys"] });
  };
  const columns: readonly Column<PasskeyShown>[] = [
    {
      title: "Administrator",
      width: "minmax(120px, 1fr)",
      cell: ({ admin: whose }) => <strong>{whose}</strong>,
    },
    { title: "Passkey", width: "minmax(120px, 1fr)", cell: ({ name }) => name },
    {
      title: "Kept",
      width: "140px",
      cell: ({ backedUp }) => (backedUp ? "synchronised" : "on one device"),
    },
    { title: "Made", width: "90px", cell: ({ createdAt }) => <Age at={createdAt} /> },
    {
      title: "Used",
      width: "90px",
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : <Age at={lastUsedAt} />),
    },
    {
      title: "Take it away",
      width: "120px",
      cell: (passkey) => (
        <Confirm
          verb="Remove"
          effect={`The passkey ${passkey.name} of ${passkey.admin} and every session by it end at once.`}
          danger
          run={() => remove(passkey)}
        />
      ),
    },
  ];
  return (
    <Asked query={passkeys}>
      {({ items }) =>
        items.length === 0 ? null : (
          <Panel title="Passkeys">
            <DataTable label="Passkeys" columns={columns} rows={items} keyOf={({ id }) => id} />
            {items.some((one) => one.admin === admin) ? <AddPasskey /> : null}
          </Panel>
        )
      }
    </Asked>
  );
}

function AddPasskey(): ReactNode {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const add = useMutation({
    mutationFn: async () => {
      const credential = await createPasskey(await ask("POST /passkeys/options", passkeyOptions));
      await ask("POST /passkeys", passkeyShown, { body: { name: name.trim(), credential } });
    },
    onSuccess: () => {
      setName("");
      return queries.invalidateQueries({ queryKey: ["passkeys"] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Group align="end" mt="sm">
        <TextInput
          label="Name of a further passkey of yours"
          value={name}
          maxLength={64}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          loading={add.isPending}
          disabled={name.trim() === ""}
        >
          Add a passkey
        </Button>
      </Group>
      {add.error === null ? null : <Refusal error={add.error} step />}
    </form>
  );
}
