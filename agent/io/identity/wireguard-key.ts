import nacl from "tweetnacl";
import { CodedError } from "#shared/base/coded-error.ts";
import type { NetdClient } from "../netd/netd-client.ts";

/**
 * Makes the WireGuard key of this enrolment, gives its private half to netd and forgets it; returns
 * the public half. netd alone keeps the private one.
 */
export async function handOverWireguardKey(netd: Pick<NetdClient, "call">): Promise<string> {
  const pair = nacl.box.keyPair();
  try {
    const publicKey = Buffer.from(pair.publicKey).toString("base64");
    const privateKey = Buffer.from(pair.secretKey).toString("base64");
    const answer = await netd.call("key", { privateKey });
    if (!answer.ok) {
      const why = answer.error?.detail ?? "the key was refused";
      throw new CodedError("SP-401", { socket: "netd.sock", why });
    }
    if (answer.fields["publicKey"] !== publicKey) {
      throw new CodedError("SP-401", { socket: "netd.sock", why: "it holds another key" });
    }
    return publicKey;
  } finally {
    pair.secretKey.fill(0);
  }
}
