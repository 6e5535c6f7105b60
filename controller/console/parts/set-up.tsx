import { Button, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { passkeyOptions } from "#shared/protocol/api/passkey.ts";
import { sessionShown } from "#shared/protocol/api/session.ts";
import { ask } from "../live/api.ts";
import { createPasskey } from "../live/passkey.ts";
import { Panel, Refusal } from "./panel.tsx";

/** Makes whoever holds a set-up link an administrator, by a name and a passkey. */
export function SetUp({ link }: { readonly link: string }): ReactNode {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const setUp = useMutation({
    mutationFn: async () => {
      const given = { link, name: name.trim() };
      const options = await ask("POST /session/set-up/options", passkeyOptions, { body: given });
      const credential = await createPasskey(options);
      return ask("POST /session/set-up", sessionShown, { body: { ...given, credential } });
    },
    onSuccess: () => queries.resetQueries({ queryKey: ["session"] }),
  });
  return (
    <Panel title="Become an administrator">
      <Text size="sm" mb="sm">
        Choose the name by which others know you. This device then keeps a passkey for you: no
        password exists.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setUp.mutate();
        }}
      >
        <TextInput
          label="Your name"
          value={name}
          maxLength={64}
          autoComplete="username"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" mt="sm" loading={setUp.isPending} disabled={name.trim() === ""}>
          Make the passkey
        </Button>
      </form>
      {setUp.error === null ? null : (
        <div style={{ marginTop: 12 }}>
          <Refusal error={setUp.error} step />
        </div>
      )}
    </Panel>
  );
}
