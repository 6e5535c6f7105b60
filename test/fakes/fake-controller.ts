/** A controller's agents' port over real TLS, without anything behind it. */
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { type WebSocket, WebSocketServer } from "ws";
import { certificatePin, makeIssuing, makeRoot } from "../../controller/io/pki/authority.ts";
import { makeIssuer } from "../../controller/io/pki/issuer.ts";
import { readRequest } from "../../controller/io/pki/request.ts";
import { exportPrivateKey, makeKeyPair } from "../../controller/io/pki/signing-key.ts";
import { subprotocol } from "#shared/protocol/capability.ts";

/** An authority of a test's own. */
export interface FakeAuthority {
  readonly pin: string;
  readonly rootPem: string;
  /** Returns the chain (leaf, issuing) for the key of a request. */
  issue(csr: string, spiffe: string): Promise<string[]>;
  /** Returns key and chain of a server of that name. */
  server(spiffe: string): Promise<{ key: string; cert: string }>;
}

/** Makes root and issuing authority. */
export async function makeAuthority(trustDomain: string): Promise<FakeAuthority> {
  const now = Date.now();
  const root = await makeRoot(trustDomain, now);
  const issuing = await makeIssuing(root, now);
  const issuer = makeIssuer(issuing.certificate, issuing.keys.privateKey);
  return {
    pin: await certificatePin(root.certificate),
    rootPem: root.certificate,
    issue: async (csr, spiffe) => {
      const request = await readRequest(csr);
      if (request.kind === "refused") throw new Error(request.why);
      const leaf = await issuer.issueAgent(spiffe, request.spkiHex, Date.now());
      return [leaf.pem, issuing.certificate];
    },
    server: async (spiffe) => {
      const keys = await makeKeyPair();
      const names = { spiffe, addresses: ["127.0.0.1"] };
      const leaf = await issuer.issueServer(names, keys.publicKey, Date.now());
      const der = Buffer.from(await exportPrivateKey(keys.privateKey)).toString("base64");
      const key = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
      return { key, cert: [leaf.pem, issuing.certificate, root.certificate].join("\n") };
    },
  };
}

/** A request to `/v1/…` as the fake saw it. */
export interface SeenRequest {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly clientFingerprint: string | null;
}

/** An answer of the fake. */
export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A running fake. */
export interface FakeController {
  readonly url: string;
  readonly wssUrl: string;
  /** Sockets of agents, oldest first. */
  readonly links: readonly WebSocket[];
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

/** Starts a fake with a server certificate of that name; `answer` serves `/v1/…`. */
export async function startFakeController(
  authority: FakeAuthority,
  options: {
    readonly spiffe?: string;
    /** Speaks no newer TLS than this. */
    readonly newestTls?: "TLSv1.2";
    readonly answer?: (request: SeenRequest) => FakeAnswer | Promise<FakeAnswer>;
    readonly linked?: (link: WebSocket) => void;
    /** Answers every upgrade with this instead of opening a link. */
    readonly upgrade?: () => FakeAnswer;
  } = {},
): Promise<FakeController> {
  const credentials = await authority.server(
    options.spiffe ?? "spiffe://example.test/controller/one",
  );
  const links: WebSocket[] = [];
  const requests: SeenRequest[] = [];
  const server = createServer({
    ...credentials,
    ...(options.newestTls === undefined
      ? { minVersion: "TLSv1.3" as const }
      : { maxVersion: options.newestTls }),
    requestCert: true,
    rejectUnauthorized: false,
    ca: [authority.rootPem],
  });
  server.on("request", (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const seen: SeenRequest = {
        path: request.url ?? "",
        body: JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>,
        clientFingerprint: fingerprintOf(request.socket as TLSSocket),
      };
      requests.push(seen);
      void Promise.resolve(options.answer?.(seen) ?? { status: 404, body: {} }).then((answer) => {
        response.writeHead(answer.status, { "content-type": "application/json" });
        response.end(JSON.stringify(answer.body));
      });
    });
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => subprotocol });
  server.on("upgrade", (request, socket, head) => {
    const refused = options.upgrade?.();
    if (refused === undefined) {
      return sockets.handleUpgrade(request, socket, head, (link) => {
        sockets.emit("connection", link, request);
      });
    }
    const body = JSON.stringify(refused.body);
    const length = Buffer.byteLength(body);
    socket.end(`HTTP/1.1 ${refused.status} Refused\r\ncontent-length: ${length}\r\n\r\n${body}`);
  });
  sockets.on("connection", (link, request) => {
    if (!(request.socket as TLSSocket).authorized) return link.close(4401, "no certificate");
    links.push(link);
    options.linked?.(link);
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    wssUrl: `wss://127.0.0.1:${port}/agent`,
    links,
    requests,
    close: async () => {
      for (const link of sockets.clients) link.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Returns an `sp1_` enrolment key for an authority at a URL. */
export function enrolmentKeyFor(url: string, pin: string, id = `ek_${"1".repeat(26)}`): string {
  const content = { u: url, k: id, s: "s".repeat(42) + "A", p: pin };
  const json = Buffer.from(JSON.stringify(content));
  const check = createHash("sha256").update(json).digest().subarray(0, 4);
  return `sp1_${Buffer.concat([json, check]).toString("base64url")}`;
}

/** Returns a trust set of the right form; nobody but netd reads more of it. */
export function trustSetFor(authority: FakeAuthority, aud: string): Record<string, unknown> {
  const key = { kty: "OKP", crv: "Ed25519", x: "x".repeat(42) + "A", kid: "k".repeat(42) + "A" };
  return {
    version: 1,
    aud,
    roots: [authority.pin],
    configKeys: [key],
    grantKeys: [key],
    leaseKeys: [key],
    breakGlassKeys: [],
    killed: [],
    chain: [authority.rootPem, authority.rootPem],
    sig: "s".repeat(85) + "A",
  };
}

function fingerprintOf(socket: TLSSocket): string | null {
  return socket.getPeerX509Certificate()?.fingerprint256 ?? null;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}
