/** The certificate of the admin API and console: of the operator's files, or of the own authority. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { RequestListener } from "node:http";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Authority } from "../../ports/authority.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

const lookEveryMs = 3_600_000;

/** A key and its chain, as TLS takes them. */
export interface ApiCredentials {
  readonly keyPem: string;
  readonly chainPem: string;
}

/** Gives the credentials as they are now: whoever renews them needs no restart. */
export type ApiTls = () => Promise<ApiCredentials>;

/** Returns what two files hold; throws SP-703 where they cannot be read. */
export function tlsOfFiles(files: { readonly certificate: string; readonly key: string }): ApiTls {
  return () => {
    try {
      const chainPem = readFileSync(files.certificate, "utf8");
      return Promise.resolve({ chainPem, keyPem: readFileSync(files.key, "utf8") });
    } catch (cause) {
      const why = `the API's certificate cannot be read: ${(cause as Error).message}`;
      return Promise.reject(new CodedError("SP-703", { why }, { cause }));
    }
  };
}

/** Returns certificates of the own authority, made anew at half of their life. */
export function tlsOfAuthority(
  authority: Pick<Authority, "serverCredentials">,
  clock: Pick<Clock, "nowAt">,
): ApiTls {
  let held: (ApiCredentials & { readonly renewAt: number }) | null = null;
  return async () => {
    const now = clock.nowAt();
    if (held !== null && now < held.renewAt) return held;
    const { keyPem, chainPem, notAfterAt } = await authority.serverCredentials();
    held = { keyPem, chainPem, renewAt: now + (notAfterAt - now) / 2 };
    return held;
  };
}

/** How long a connection may be silent, and how long a request may take to come, in milliseconds. */
export interface Patience {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
}

/**
 * Returns what makes the server: TLS 1.2 for directories that know nothing newer, 1.3 for the others.
 * A server that fastify did not make itself has none of its limits (slow requests).
 */
export function tlsServerFactory(
  { keyPem: key, chainPem: cert }: ApiCredentials,
  { connectionTimeout, requestTimeout }: Patience,
) {
  return (listener: RequestListener): Server => {
    const limits = { requestTimeout, handshakeTimeout: requestTimeout };
    const server = createServer({ key, cert, minVersion: "TLSv1.2", ...limits }, listener);
    return server.setTimeout(connectionTimeout);
  };
}

/** Takes renewed credentials into use as they come; returns how to stop. */
export function keepRenewed(server: Server, tls: ApiTls, log: Log): () => void {
  const look = () =>
    tls().then(
      ({ keyPem: key, chainPem: cert }) => server.setSecureContext({ key, cert }),
      (error: unknown) => log.warn("API certificate not renewed", { why: String(error) }),
    );
  const timer = setInterval(() => void look(), lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
