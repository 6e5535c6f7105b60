/**
 * The way to a controller: straight, or through an HTTP proxy by CONNECT. Either way TLS is between
 * the controller and us: a proxy carries bytes and sees a name and a port.
 */
import type { X509Certificate } from "node:crypto";
import { request } from "node:http";
import { Agent } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { CodedError } from "#shared/base/coded-error.ts";
import { type Credentials, tlsOptions } from "./server-identity.ts";

const proxyTimeoutMs = 10_000;

/** Returns an agent for one connection; `met` hears what certificate the other end shows first. */
export function agentOf(
  credentials: Credentials,
  met: (shown: X509Certificate) => void = () => undefined,
): Agent {
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 });
  const tls = tlsOptions(credentials);
  agent.createConnection = (options, done) => {
    const to = { host: options.host ?? "", port: Number(options.port ?? 443) };
    void openTls(to, { options: tls, proxy: credentials.proxy ?? null }).then(
      (socket) => {
        socket.prependListener("secure", () => {
          const shown = socket.getPeerX509Certificate();
          if (shown !== undefined) met(shown);
        });
        done?.(null, socket);
      },
      (error: Error) => done?.(error, undefined as never),
    );
    return undefined;
  };
  return agent;
}

/** Begins a TLS handshake with the host; throws SP-113 where a proxy refuses to carry it. */
export async function openTls(
  to: { readonly host: string; readonly port: number },
  how: { readonly options: ConnectionOptions; readonly proxy: string | null },
): Promise<TLSSocket> {
  const { proxy } = how;
  // A connection that fails at once says so in the next tick, and unheard it would end the process:
  // from a promise's turn on, whoever waits for our answer listens before that.
  await Promise.resolve();
  const options = isIP(to.host) === 0 ? { ...how.options, servername: to.host } : how.options;
  if (proxy === null) return connect({ ...options, ...to });
  return connect({ ...options, host: to.host, socket: await through(proxy, to) });
}

function through(proxy: string, to: { host: string; port: number }): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const { hostname, port, username, password, origin } = new URL(proxy);
  const target = `${to.host.includes(":") ? `[${to.host}]` : to.host}:${to.port}`;
  const fail = (why: string): void => {
    reject(new CodedError("SP-113", { proxy: origin, target, why: why.slice(0, 200) }));
  };
  const login = [username, password].map(decodeURIComponent).join(":");
  const asked = request({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? 80 : Number(port),
    method: "CONNECT",
    path: target,
    agent: false,
    timeout: proxyTimeoutMs,
    headers: {
      host: target,
      ...(username === ""
        ? {}
        : { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}` }),
    },
  });
  asked.on("connect", (response, socket, early) => {
    if (response.statusCode === 200 && early.length === 0) return resolve(socket);
    socket.destroy();
    return fail(`HTTP status ${response.statusCode ?? 0}`);
  });
  asked.on("response", (response) => {
    response.resume();
    fail(`HTTP status ${response.statusCode ?? 0}`);
  });
  asked.on("timeout", () => asked.destroy(new Error("no answer in 10 s")));
  asked.on("error", (error) => fail(error.message));
  asked.end();
  return promise;
}
