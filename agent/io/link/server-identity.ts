/** Who may be our controller: our own authority alone, for servers, named as a controller. */
import type { KeyObject } from "node:crypto";
import type { PeerCertificate, ConnectionOptions } from "node:tls";
import { CodedError } from "#shared/base/coded-error.ts";

/** What the agent shows and believes on a connection; without `client` it has joined nobody yet. */
export interface Credentials {
  readonly rootPem: string;
  /** URL of the HTTP proxy that carries the connection. */
  readonly proxy?: string | null;
  readonly client?: { readonly key: KeyObject; readonly chain: readonly string[] };
}

const serverAuth = "1.3.6.1.5.5.7.3.1";
/** The name that a controller's certificate bears, of whatever authority. */
export const controllerName =
  /^URI:spiffe:\/\/[a-z0-9.-]{1,100}\/controller(\/[A-Za-z0-9_.-]{1,64})?$/;

/** Returns TLS options: version 1.3, the pinned root as the only authority, our own name check. */
export function tlsOptions(credentials: Credentials): ConnectionOptions {
  const { client, rootPem } = credentials;
  return {
    minVersion: "TLSv1.3",
    ca: [rootPem],
    checkServerIdentity: (_host, certificate) => refusalOf(certificate),
    ...(client === undefined
      ? {}
      : {
          key: client.key.export({ type: "pkcs8", format: "pem" }),
          cert: client.chain.join("\n"),
        }),
  };
}

/** Returns why a server of our authority is still not a controller; undefined where it is one. */
function refusalOf(
  certificate: Pick<PeerCertificate, "subjectaltname" | "ext_key_usage">,
): Error | undefined {
  const usages = certificate.ext_key_usage ?? [];
  if (!usages.includes(serverAuth)) return refused("a certificate that is not for servers");
  const names = (certificate.subjectaltname ?? "").split(", ");
  if (!names.some((name) => controllerName.test(name))) {
    return refused("a certificate that does not name a controller");
  }
  return undefined;
}

function refused(peer: string): Error {
  return new CodedError("SP-201", { peer });
}
