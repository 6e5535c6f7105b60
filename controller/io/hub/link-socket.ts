/** One accepted WebSocket: limits on what comes in, a high-water mark on what goes out, silence noticed. */
import { type KeyObject, verify } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import { closeCodes, frameBytesMax } from "#shared/protocol/capability.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HubListener } from "../../ports/hub.ts";
import { readFrame } from "./frame.ts";
import { makeRateLimit, type RateLimit } from "../limit/rate-limit.ts";

const highWaterBytes = 1024 * 1024;
const lowWaterBytes = 256 * 1024;
const malformedMax = 10;
const silenceMs = 60_000;
const closeWithinMs = 2_000;

/** What a link works with; `publicKey` is that of the client's certificate. */
export interface LinkParts {
  readonly link: number;
  readonly socket: WebSocket;
  readonly publicKey: KeyObject;
  readonly listener: HubListener;
  readonly clock: Clock;
  readonly closed: () => void;
}

/** A live link. */
export interface LinkSocket {
  send(message: ControllerMessage): boolean;
  close(code: number, reason: string): void;
  /** Closes the link when nothing was heard of it for 60 s. */
  checkSilence(nowMs: number): void;
}

/** Takes over an accepted socket. */
export function openLinkSocket(parts: LinkParts): LinkSocket {
  const { socket, link, clock, listener } = parts;
  const frames: RateLimit = makeRateLimit({ burst: 1_000, perSecond: 100 });
  let heardAtMs = clock.monotonicMs();
  let malformed = 0;
  let congested = false;
  let closing: number | null = null;
  const close = (code: number, reason: string): void => {
    if (closing !== null) return;
    closing = code;
    socket.close(code, reason.slice(0, 120));
    clock.wake(closeWithinMs, () => socket.terminate());
  };
  const heard = () => {
    heardAtMs = clock.monotonicMs();
  };
  socket.on("ping", heard);
  socket.on("pong", heard);
  socket.on("message", (data, isBinary) => {
    heard();
    // What arrives after we closed was sent by someone who may not speak any more.
    if (closing !== null) return;
    if (frames.take("frames", heardAtMs) > 0) return close(closeCodes.rate, "too many frames");
    const text = textOf(data);
    if (text.length > frameBytesMax) {
      const bytes = text.length;
      listener.malformed(link, { code: "SP-204", params: { bytes } });
      return close(closeCodes.tooLarge, "a frame is over the limit");
    }
    const frame = isBinary ? null : readFrame(text.toString("utf8"));
    if (frame?.kind === "message")
      return listener.received(link, frame.message, isSigned(frame.message, parts.publicKey));
    listener.malformed(link, frame?.error ?? binaryFrame);
    if (frame?.kind !== "unknownKind") malformed += 1;
    if (malformed > malformedMax) close(closeCodes.protocol, "too many malformed frames");
  });
  socket.on("error", () => {
    // The close event that follows says all there is to know: a broken frame or a lost connection.
    closing ??= closeCodes.protocol;
  });
  socket.on("close", (code) => {
    parts.closed();
    listener.closed(link, closing ?? code);
  });
  const sent = (): void => {
    if (!congested || socket.bufferedAmount > lowWaterBytes) return;
    congested = false;
    listener.drained(link);
  };
  return {
    close,
    send(message) {
      if (closing !== null) return true;
      socket.send(JSON.stringify(message), sent);
      congested ||= socket.bufferedAmount > highWaterBytes;
      return !congested;
    },
    checkSilence(nowMs) {
      if (nowMs - heardAtMs > silenceMs) close(closeCodes.timeout, "nothing heard for 60 s");
    },
  };
}

const binaryFrame = {
  code: "SP-205",
  params: { kind: "?", why: "a binary frame" },
} as const;

function textOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/** Tells whether a report is signed by the key that holds this link (ECDSA P-256, IEEE P1363, over the head's text). */
function isSigned(message: AgentMessage, publicKey: KeyObject): boolean {
  if (message.kind !== "report") return false;
  const signature = Buffer.from(message.sig, "base64url");
  if (signature.length !== 64) return false;
  const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  return verify("sha256", Buffer.from(message.head), key, signature);
}
