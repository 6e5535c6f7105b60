/**
 * The mTLS WebSocket to a controller. It parses frames at the edge and numbers its connections; it
 * never decides when to connect, and it knows one authority only.
 */
import { X509Certificate } from "node:crypto";
import { WebSocket } from "ws";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { closeCodes, frameBytesMax, subprotocol } from "#shared/protocol/capability.ts";
import { type ControllerMessage, controllerMessage } from "#shared/protocol/controller-message.ts";
import type { ControllerLinkEvent } from "../../core/event.ts";
import type { ControllerLink } from "../../ports.ts";
import { parseJson } from "../json-text.ts";
import { findPortal } from "./portal.ts";
import { connectionError, readAnswer, refusalOf } from "./post.ts";
import type { Credentials } from "./server-identity.ts";
import { agentOf } from "./way.ts";

/** What a link needs of its surroundings. */
export interface ControllerLinkOptions {
  /** Returns what to show and believe at this moment; called for every connection. */
  readonly credentials: () => Credentials;
  readonly dispatch: (event: ControllerLinkEvent) => void;
  /** Raises or clears what stands between us and every controller. */
  readonly trouble?: (error: ErrorRef | null) => void;
}

interface Open {
  readonly connection: number;
  readonly socket: WebSocket;
}

const handshakeTimeoutMs = 10_000;
/** More than this unsent means that the other end does not read. */
const bufferedBytesMax = 16 * 1024 * 1024;

/** Returns a link without a connection. */
export function openControllerLink(options: ControllerLinkOptions): ControllerLink {
  let open: Open | null = null;
  return {
    connect: (connection, url) => {
      open?.socket.terminate();
      open = { connection, socket: dial(url, connection, options) };
    },
    send: (connection, message) => {
      if (open?.connection !== connection) return;
      const { socket } = open;
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify(message));
      if (socket.bufferedAmount > bufferedBytesMax) socket.terminate();
    },
    ping: (connection) => {
      if (open?.connection === connection && open.socket.readyState === WebSocket.OPEN) {
        open.socket.ping();
      }
    },
    close: (connection, code, reason) => {
      if (open?.connection !== connection) return;
      const { socket } = open;
      open = null;
      if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
      else socket.terminate();
    },
  };
}

function dial(url: string, connection: number, options: ControllerLinkOptions): WebSocket {
  const { dispatch } = options;
  const credentials = options.credentials();
  let shown: X509Certificate | null = null;
  const socket = new WebSocket(url, subprotocol, {
    agent: agentOf(credentials, (certificate) => {
      shown = certificate;
    }),
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: frameBytesMax,
    perMessageDeflate: false,
    followRedirects: false,
  });
  let error: ErrorRef | null = null;
  socket.on("unexpected-response", (_request, response) => {
    void readAnswer(response)
      .then((answer) => {
        error = refusalOf(url, answer);
      })
      .catch((cause: unknown) => {
        error = connectionError(url, cause, shown);
      })
      .finally(() => socket.terminate());
  });
  socket.on("open", () => {
    options.trouble?.(null);
    dispatch({ kind: "linkOpened", connection });
  });
  socket.on("pong", () => dispatch({ kind: "linkHeard", connection }));
  socket.on("ping", () => dispatch({ kind: "linkHeard", connection }));
  socket.on("message", (data, binary) => {
    if (binary || !Buffer.isBuffer(data)) socket.close(4400, "text frames only");
    else dispatch(readFrame(connection, data.toString("utf8")));
  });
  socket.on("error", (cause) => {
    // Ending the connection after a refusal is an error too, and says less.
    const { code, params } = error ?? connectionError(url, cause, shown);
    error = { code, params };
    // A proxy would be asked for the page instead, and has an opinion of its own about it.
    if (portalCodes.has(code) && (credentials.proxy ?? null) === null) lookForPortal(url, options);
  });
  socket.on("close", (code, reason) => {
    error ??= certificateRefusal(code, reason.toString("utf8"), credentials);
    dispatch({ kind: "linkClosed", connection, code, error });
  });
  return socket;
}

/** The code that a controller gave as its reason, with what we know of our own certificate. */
function certificateRefusal(
  code: number,
  reason: string,
  { client }: Credentials,
): ErrorRef | null {
  const [pem] = client?.chain ?? [];
  if (code !== closeCodes.certificate || pem === undefined) return null;
  const { subjectAltName, validToDate } = new X509Certificate(pem);
  switch (reason) {
    case "SP-201":
      return { code: reason, params: { peer: subjectAltName ?? "this device" } };
    case "SP-202":
      return { code: reason, params: { notAfterAt: validToDate.toISOString() } };
    default:
      return null;
  }
}

/** Failures that a captive portal causes. */
const portalCodes: ReadonlySet<string> = new Set(["SP-110", "SP-111"]);

function lookForPortal(url: string, { trouble }: ControllerLinkOptions): void {
  if (trouble === undefined) return;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  void findPortal(host).then((portal) => {
    if (portal === null) return trouble(null);
    const { page, address, port } = portal;
    return trouble({ code: "SP-112", params: { portal: page, address, port } });
  });
}

function readFrame(connection: number, text: string): ControllerLinkEvent {
  const value = parseJson(text);
  const parsed = controllerMessage.safeParse(value);
  if (!parsed.success) {
    const kind =
      typeof value === "object" && value !== null && "kind" in value ? String(value.kind) : "?";
    const why = parsed.error.issues[0]?.message ?? "not understood";
    return {
      kind: "frameRefused",
      connection,
      error: { code: "SP-205", params: { kind: kind.slice(0, 64), why: why.slice(0, 256) } },
    };
  }
  const message = parsed.data;
  return { kind: "frame", connection, message, configVersion: versionOf(message) };
}

/** Reads the version inside a config without verifying it: it only names it in our reports. */
function versionOf(message: ControllerMessage): number {
  if (message.kind !== "config") return 0;
  const payload = Buffer.from(message.jws.split(".")[1] ?? "", "base64url").toString("utf8");
  const claims = parseJson(payload);
  const version =
    typeof claims === "object" && claims !== null && "version" in claims ? claims.version : 0;
  return typeof version === "number" && Number.isSafeInteger(version) && version > 0 ? version : 0;
}
