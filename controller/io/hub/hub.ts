/**
 * The agents' port: TLS 1.3 with our own authority, WebSocket links at `/agent`, joining at `/v1/…`.
 * The TLS layer lets any client in (`/v1/enrol` has no certificate, `/v1/renew` an expired one); who may
 * have a link is decided here by the issuer's signature and then by the listener, never by a header.
 */
import { constants, createPublicKey, type KeyObject } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type WebSocket, WebSocketServer } from "ws";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { unmappedAddress } from "#shared/net/address.ts";
import { closeCodes, frameBytesMax, subprotocol } from "#shared/protocol/capability.ts";
import type { Authority, ServerCredentials } from "../../ports/authority.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Hub, HubListener } from "../../ports/hub.ts";
import type { Log } from "../../ports/log.ts";
import { readClientLeaf, type VerifiedLeaf } from "./client-leaf.ts";
import { answerRequest } from "./enrolment-endpoint.ts";
import { type LinkSocket, openLinkSocket } from "./link-socket.ts";
import { type NoteRefusal, noteRefusals, refuseUpgrade } from "./refusal.ts";
import { makeRateLimit, type Rate } from "../limit/rate-limit.ts";
import { dayMs, hourMs } from "#shared/base/time-span.ts";

/** Requests to join or renew, per address. */
const joiningRate: Rate = { burst: 100, perSecond: 20 };

/** Where and with what the port is opened; port 0 takes any. */
export interface HubOptions {
  readonly host: string;
  readonly port: number;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly log: Log;
}

const silenceCheckMs = 5_000;
const credentialsCheckMs = hourMs;
const renewBeforeMs = 30 * dayMs;
const stopWithinMs = 3_000;
/** None at all, or one that our issuing keys did not sign for a client. */
const foreignCertificate = { code: "SP-201", params: { peer: "the client" } } as const;

/** Returns the agents' port, not yet open. */
export function makeHub(options: HubOptions): Hub {
  const { clock, authority, log } = options;
  const links = new Map<number, LinkSocket>();
  const sweeps: (() => void)[] = [];
  let server: Server | null = null;
  return {
    async listen(listener) {
      let credentials = await authority.serverCredentials();
      server = createServer(tlsOptions(credentials));
      const issuers = credentials.issuersPem.map((pem) => createPublicKey(pem));
      const leafOf = (socket: TLSSocket) => verifiedLeaf(socket, issuers);
      serveRequests(server, options, { listener: listener, leafOf: leafOf });
      const noteRefusal = noteRefusals(log, clock);
      acceptLinks(server, { listener, clock, links, leafOf, noteRefusal });
      server.on("tlsClientError", (error) => log.debug("TLS failed", { why: error.message }));
      const port = await bind(server, options);
      const silence = () => {
        for (const link of links.values()) link.checkSilence(clock.monotonicMs());
      };
      sweeps.push(every(clock, silenceCheckMs, silence));
      const renewal = async () => {
        if (credentials.notAfterAt - clock.nowAt() > renewBeforeMs) return;
        credentials = await authority.serverCredentials();
        server?.setSecureContext(tlsOptions(credentials));
      };
      sweeps.push(every(clock, credentialsCheckMs, () => void renewal()));
      return port;
    },
    send: (link, message) => links.get(link)?.send(message) ?? true,
    close: (link, code, reason) => links.get(link)?.close(code, reason),
    async stop() {
      for (const cancel of sweeps) cancel();
      for (const link of links.values()) link.close(closeCodes.draining, "the controller stops");
      if (server !== null) await close(server, clock);
    },
  };
}

function tlsOptions(credentials: ServerCredentials) {
  return {
    key: credentials.keyPem,
    cert: credentials.chainPem,
    minVersion: "TLSv1.3",
    requestCert: true,
    rejectUnauthorized: false,
    // A resumed session skips every check of the certificate.
    secureOptions: constants.SSL_OP_NO_TICKET,
    sessionTimeout: 1,
    handshakeTimeout: 10_000,
    connectionsCheckingInterval: 5_000,
    headersTimeout: 10_000,
    requestTimeout: 20_000,
    keepAliveTimeout: 5_000,
    maxHeaderSize: 8 * 1024,
  } as const;
}

function verifiedLeaf(socket: TLSSocket, issuers: readonly KeyObject[]): VerifiedLeaf | null {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? null : readClientLeaf(certificate, issuers);
}

function serveRequests(
  server: Server,
  { clock, log }: HubOptions,
  { listener, leafOf }: Pick<LinkAcceptance, "listener" | "leafOf">,
): void {
  const limit = makeRateLimit(joiningRate);
  const parts = { enrolment: listener.enrolment, limit, clock, log, leafOf };
  server.on("request", (request, response) => void answerRequest(parts, request, response));
}

interface LinkAcceptance {
  readonly listener: HubListener;
  readonly clock: Clock;
  readonly links: Map<number, LinkSocket>;
  readonly leafOf: (socket: TLSSocket) => VerifiedLeaf | null;
  readonly noteRefusal: NoteRefusal;
}

function acceptLinks(server: Server, acceptance: LinkAcceptance): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Above the protocol's own limit, so that the close code can say what was wrong.
    maxPayload: frameBytesMax * 4,
    handleProtocols: () => subprotocol,
  });
  let lastLink = 0;
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const remoteAddress = unmappedAddress(request.socket.remoteAddress ?? "");
    const refusal = upgradeRefusal(request);
    const verified = refusal === null ? acceptance.leafOf(request.socket as TLSSocket) : null;
    if (verified === null) {
      const error = refusal ?? foreignCertificate;
      acceptance.noteRefusal(error, remoteAddress);
      return refuseUpgrade(socket, error);
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      lastLink += 1;
      startLink(acceptance, { link: lastLink, accepted, verified, remoteAddress });
    });
  });
}

/** Says why an upgrade is not for us: another path, a browser, another protocol. */
function upgradeRefusal({ url, headers }: IncomingMessage): ErrorRef | null {
  if (url !== "/agent") {
    return { code: "SP-702", params: { what: "page", name: String(url).slice(0, 64) } };
  }
  if (headers.origin !== undefined) {
    const params = { verb: "/agent", who: "agents, not for browsers", command: "`sallyport`" };
    return { code: "SP-704", params };
  }
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((one) => one.trim());
  if (offered.includes(subprotocol)) return null;
  return { code: "SP-703", params: { why: `a link speaks the subprotocol ${subprotocol}` } };
}

function startLink(
  { listener, clock, links, noteRefusal }: LinkAcceptance,
  opened: {
    readonly link: number;
    readonly accepted: WebSocket;
    readonly verified: VerifiedLeaf;
    readonly remoteAddress: string;
  },
): void {
  const { link, accepted, verified, remoteAddress } = opened;
  const linkSocket = openLinkSocket({
    link,
    socket: accepted,
    publicKey: verified.publicKey,
    listener,
    clock,
    closed: () => links.delete(link),
  });
  links.set(link, linkSocket);
  const admission = listener.admit(link, verified.leaf, remoteAddress);
  if (admission.kind === "refused") {
    const { closeCode, error } = admission;
    noteRefusal(error, remoteAddress);
    linkSocket.close(closeCode, error.code);
  }
}

function bind(server: Server, { host, port }: HubOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: 4_096 }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function close(server: Server, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.wake(stopWithinMs, () => server.closeAllConnections());
    server.close(() => {
      cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Runs something at an interval until the returned function is called. */
function every(clock: Clock, intervalMs: number, run: () => void): () => void {
  let cancel = clock.wake(intervalMs, next);
  function next(): void {
    run();
    cancel = clock.wake(intervalMs, next);
  }
  return () => cancel();
}
