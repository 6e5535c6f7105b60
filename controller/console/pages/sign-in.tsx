import { Button, PasswordInput, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { ask } from "../live/api.ts";
import { Panel, Refusal } from "../parts/panel.tsx";

/** The secret of a sign-in link, taken out of the address before anything else sees it. */
const linkSecret = takeLink();

function takeLink(): string | null {
  const link = /^#sign-in=([\w-]{16,128})$/.exec(location.hash)?.[1] ?? null;
  if (link !== null) history.replaceState(null, "", location.pathname);
  return link;
}

/** Signs in by the link that the address holds, else by a token. */
export function SignIn(): ReactNode {
  const queries = useQueryClient();
  const [token, setToken] = useState("");
  const signIn = useMutation({
    mutationFn: (proof: object) => ask("POST", "/session", proof),
    onSuccess: () => queries.resetQueries({ queryKey: ["session"] }),
  });
  const { mutate } = signIn;
  useEffect(() => {
    if (linkSecret !== null) mutate({ link: linkSecret });
  }, [mutate]);
  return (
    <main style={{ maxWidth: 480, margin: "12vh auto", padding: 16 }}>
      <h1 style={{ fontSize: 20 }}>Sallyport</h1>
      <Panel title="Sign in">
        <Text size="sm" mb="sm">
          On the controller's host, <code className="mono">sallyport-controller console</code>{" "}
          prints a link that signs in once. Or paste an API token:
        </Text>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            mutate({ token: token.trim() });
          }}
        >
          <PasswordInput
            label="Token"
            value={token}
            autoComplete="off"
            onChange={(event) => setToken(event.currentTarget.value)}
          />
          <Button type="submit" mt="sm" loading={signIn.isPending} disabled={token.trim() === ""}>
            Sign in
          </Button>
        </form>
        {signIn.error === null ? null : (
          <div style={{ marginTop: 12 }}>
            <Refusal error={signIn.error} />
          </div>
        )}
      </Panel>
    </main>
  );
}
