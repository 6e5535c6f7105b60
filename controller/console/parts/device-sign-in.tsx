import { Button, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { deviceSignInShown, signInDeparture } from "#shared/protocol/api/sign-in.ts";
import { ticket } from "../live/address.ts";
import { ask } from "../live/api.ts";
import { Asked, Panel, Refusal } from "./panel.tsx";

/** Signs a person in on the device that asked for it; the code tells whether it is the own one. */
export function DeviceSignIn(): ReactNode {
  const body = { ticket: ticket ?? "" };
  const look = useQuery({
    queryKey: ["device-sign-in"],
    queryFn: () => ask("POST /device-sign-ins/look", deviceSignInShown, { body }),
    retry: false,
    staleTime: Infinity,
  });
  const depart = useMutation({
    mutationFn: () => ask("POST /device-sign-ins", signInDeparture, { body }),
    onSuccess: ({ url }) => location.assign(url),
  });
  return (
    <Alone>
      <Panel title="Sign in on a device">
        <Asked query={look}>
          {({ device, code }) => (
            <>
              <Text size="sm">The device asking is</Text>
              <p style={{ fontSize: 18, margin: "4px 0 12px" }}>
                <strong>{device}</strong>
              </p>
              <Text size="sm">Its screen must show this code:</Text>
              <p className="mono" style={{ fontSize: 24, margin: "4px 0 12px" }}>
                {code}
              </p>
              <Text size="sm" mb="sm">
                Another code, or nothing: somebody else sent you this page. Close it, or they work
                under your name.
              </Text>
              <Button loading={depart.isPending} onClick={() => depart.mutate()}>
                It is my device: sign in
              </Button>
            </>
          )}
        </Asked>
        {depart.error === null ? null : <Refusal error={depart.error} step />}
      </Panel>
    </Alone>
  );
}

/** The person is signed in on the device; this browser is not needed any more. */
export function DeviceSignedIn(): ReactNode {
  return (
    <Alone>
      <Panel title="Signed in">
        <Text size="sm">
          You are signed in on your device. You can close this page; what is yours opens there
          within seconds.
        </Text>
      </Panel>
    </Alone>
  );
}

function Alone({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <main style={{ maxWidth: 480, margin: "12vh auto", padding: 16 }}>
      <h1 style={{ fontSize: 20 }}>Sallyport</h1>
      {children}
    </main>
  );
}
