import { Button, Divider, PasswordInput, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { passkeyOptions } from "#shared/protocol/api/passkey.ts";
import { sessionShown } from "#shared/protocol/api/session.ts";
import { signInDeparture, type SignInWays, signInWays } from "#shared/protocol/api/sign-in.ts";
import { ask } from "../live/api.ts";
import { usePasskey } from "../live/passkey.ts";
import { linkSecret, refusedBy, setUpSecret } from "../live/address.ts";
import { Panel, Refusal } from "../parts/panel.tsx";
import { SetUp } from "../parts/set-up.tsx";

const refusals: Readonly<Record<string, string>> = {
  "SP-720": "No identity provider is set.",
  "SP-721": "The identity provider did not answer. Try again, or tell whoever runs it.",
  "SP-722": "What the identity provider answered does not hold. Sign in again.",
  "SP-723": "That sign-in took too long, was used before, or began in another browser.",
  "SP-724":
    "You are known, but nothing here is yours to administer: no group of yours gives a role.",
};

/** Signs in by the link that the address holds, by the identity provider, or by a token. */
export function SignIn({ wasIdle }: { readonly wasIdle: boolean }): ReactNode {
  const queries = useQueryClient();
  const ways = useQuery({
    queryKey: ["session", "ways"],
    queryFn: () => ask("GET /session/ways", signInWays),
  });
  const signIn = useMutation({
    mutationFn: (proof: { readonly link: string } | { readonly token: string }) =>
      ask("POST /session", sessionShown, { body: proof }),
    onSuccess: () => queries.resetQueries({ queryKey: ["session"] }),
  });
  const passkey = useMutation({
    mutationFn: async () => {
      const credential = await usePasskey(
        await ask("POST /session/passkey/options", passkeyOptions),
      );
      return ask("POST /session/passkey", sessionShown, { body: { credential } });
    },
    onSuccess: () => queries.resetQueries({ queryKey: ["session"] }),
  });
  const { mutate } = signIn;
  useEffect(() => {
    if (linkSecret !== null) mutate({ link: linkSecret });
  }, [mutate]);
  return (
    <main style={{ maxWidth: 480, margin: "12vh auto", padding: 16 }}>
      <h1 style={{ fontSize: 20 }}>Sallyport</h1>
      {setUpSecret === null ? null : <SetUp link={setUpSecret} />}
      <Panel title="Sign in">
        {wasIdle ? (
          <Text size="sm" mb="sm" role="status">
            You were signed out: nobody used the console for an hour. The same page comes back.
          </Text>
        ) : null}
        {refusedBy === null ? null : (
          <Text size="sm" mb="sm" role="alert">
            {refusals[refusedBy] ?? "The sign-in failed."} <span className="mono">{refusedBy}</span>
          </Text>
        )}
        {ways.data === undefined ? null : (
          <OtherWays ways={ways.data} usePasskey={() => passkey.mutate()} />
        )}
        {passkey.error === null ? null : <Refusal error={passkey.error} step />}
        <TokenForm pending={signIn.isPending} use={(token) => mutate({ token })} />
        {signIn.error === null ? null : (
          <div style={{ marginTop: 12 }}>
            <Refusal error={signIn.error} step />
          </div>
        )}
      </Panel>
    </main>
  );
}

interface OtherWaysProps {
  readonly ways: SignInWays;
  readonly usePasskey: () => void;
}

/** What needs no token; it works only where the console is at home. */
function OtherWays({ ways, usePasskey: use }: OtherWaysProps): ReactNode {
  const depart = useMutation({
    mutationFn: () => ask("POST /session/provider", signInDeparture),
    onSuccess: ({ url }) => location.assign(url),
  });
  if (location.origin !== ways.origin) {
    return (
      <Text size="sm" mb="sm">
        To sign in by a passkey or your organisation, open <a href={ways.origin}>{ways.origin}</a>.
      </Text>
    );
  }
  return (
    <>
      {ways.provider ? (
        <Button fullWidth mb="sm" loading={depart.isPending} onClick={() => depart.mutate()}>
          Sign in with your organisation
        </Button>
      ) : null}
      <Button fullWidth variant="default" onClick={use}>
        Sign in with a passkey
      </Button>
      {depart.error === null ? null : (
        <div style={{ marginTop: 12 }}>
          <Refusal error={depart.error} step />
        </div>
      )}
      <Divider my="md" label="or" />
    </>
  );
}

function TokenForm(props: {
  readonly pending: boolean;
  readonly use: (token: string) => void;
}): ReactNode {
  const [token, setToken] = useState("");
  return (
    <>
      <Text size="sm" mb="sm">
        On the controller's host, <code className="mono">sallyport-controller console</code> prints
        a link that signs in once. Or paste an API token:
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.use(token.trim());
        }}
      >
        <PasswordInput
          label="Token"
          value={token}
          autoComplete="off"
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <Button type="submit" mt="sm" loading={props.pending} disabled={token.trim() === ""}>
          Sign in
        </Button>
      </form>
    </>
  );
}
