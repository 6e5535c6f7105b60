/**
 * Finds the controller's root before we hold it. The enrolment key gives only the hash of its key, so
 * the first handshake is read and then always abandoned: verification stays on and must fail, and no
 * byte of ours is sent. The real connection follows with the found root as its only authority.
 */
import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { CodedError } from "#shared/base/coded-error.ts";
import { findRoot } from "../identity/certificate.ts";
import { issuerOf } from "./post.ts";
import { openTls } from "./way.ts";

const probeTimeoutMs = 10_000;
const chainLengthMax = 6;

/** Returns the PEM of the pinned root as the server showed it; throws SP-110, SP-111 or SP-113. */
export async function probeRoot(
  url: string,
  pin: string,
  proxy: string | null = null,
): Promise<string> {
  const shown = await readChain(url, proxy);
  const root = findRoot(shown, pin);
  // Somebody else's certificate on this address is what a TLS inspector looks like.
  if (root === null) {
    const [leaf] = shown;
    throw new CodedError("SP-111", { url, issuer: leaf === undefined ? "?" : issuerOf(leaf) });
  }
  return root;
}

async function readChain(url: string, proxy: string | null): Promise<readonly X509Certificate[]> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const { promise, resolve, reject } = Promise.withResolvers<readonly X509Certificate[]>();
  const to = { host, port: Number(port || 443) };
  const socket = await openTls(to, { options: { ca: [], minVersion: "TLSv1.3" }, proxy });
  socket.setTimeout(probeTimeoutMs, () => socket.destroy(new Error("no answer in 10 s")));
  // Emitted when the handshake is done; right after it Node refuses the unknown authority itself.
  socket.prependListener("secure", () => resolve(chainOf(socket)));
  socket.on("secureConnect", () => socket.destroy(new Error("verified against nobody")));
  socket.on("error", (error) =>
    reject(new CodedError("SP-110", { url, why: error.message }, { cause: error })),
  );
  socket.on("close", () => reject(new CodedError("SP-110", { url, why: "connection closed" })));
  return promise;
}

function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (next !== undefined && chain.length < chainLengthMax) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}
