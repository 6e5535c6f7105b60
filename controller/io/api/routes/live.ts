import { randomBytes } from "node:crypto";
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Notice } from "../../../core/notice.ts";
import type { ApiContext, ApiServer } from "../context.ts";
import { permits } from "../../../core/role.ts";
import { findActor } from "../guard.ts";
import { withNames } from "./decisions.ts";

const streamsMax = 64;
/** Of one administrator, so that nobody takes them all. */
const ownStreamsMax = 16;
const keptMax = 512;
/** Below the silence after which the console says that it is paused, and the socket's own limit. */
const beatMs = 4_000;
/** A reader that does not read is ended before what waits for it grows. */
const waitingBytesMax = 1024 * 1024;

/** The route of what changes, as server-sent events; a reader resumes by the last id it saw. */
export function addLiveRoute(server: ApiServer, context: ApiContext): void {
  const feed = makeFeed(context);
  server.addHook("onClose", () => feed.close());
  // A HEAD would hold a stream that tells nothing.
  const options = { config: { needs: "read" }, exposeHeadRoute: false } as const;
  server.get("/live", options, (request, reply) => {
    const { admin } = request.actor;
    const own = [...feed.streams.values()].filter((reader) => reader.admin === admin);
    if (feed.streams.size >= streamsMax || own.length >= ownStreamsMax) {
      throw new CodedError("SP-706", { retryAfterSeconds: 10 });
    }
    reply.hijack();
    const stream = reply.raw;
    stream.writeHead(200, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      "content-type": "text/event-stream",
      "x-accel-buffering": "no",
    });
    const mayRead = async () => {
      const actor = await findActor(context.store, request, context.clock.nowAt());
      return actor !== null && permits(actor.role, "read");
    };
    const lastId = String(request.headers["last-event-id"] ?? "");
    feed.open(stream, { admin, lastId, mayRead });
  });
}

interface Told {
  readonly place: number;
  readonly text: string;
}

interface Reader {
  readonly admin: string;
  /** The last id that it saw. */
  readonly lastId: string;
  /** Whether its token or session, and their role, still let it read. */
  readonly mayRead: () => Promise<boolean>;
}

function makeFeed(context: ApiContext) {
  const epoch = randomBytes(6).toString("hex");
  const streams = new Map<ServerResponse, Reader>();
  const kept: Told[] = [];
  let place = 0;
  let line = Promise.resolve();
  const send = (event: string, data: object) => {
    place += 1;
    const text = `id: ${epoch}.${place}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    kept.push({ place, text });
    if (kept.length > keptMax) kept.shift();
    for (const stream of streams.keys()) write(stream, text);
  };
  // From the first reader on: what it missed while it was away is kept for it.
  let end: (() => void) | null = null;
  const listen = () => {
    const beat = setInterval(() => {
      for (const [stream, reader] of streams) void beatOn(stream, reader);
    }, beatMs);
    const leave = context.fleet.subscribe((notice) => {
      line = line.then(() => tell(context, notice, send));
    });
    return () => {
      clearInterval(beat);
      leave();
    };
  };
  return {
    streams,
    open(stream: ServerResponse, reader: Reader) {
      end ??= listen();
      const missed = since(reader.lastId, { epoch, place, kept });
      // Whoever is cut off amid what it missed asks again for what is left of it.
      const hello = missed === null ? `id: ${epoch}.${place}\nevent: reset` : "event: hello";
      write(stream, `${hello}\ndata: {}\n\n`);
      for (const { text } of missed ?? []) write(stream, text);
      streams.set(stream, reader);
      stream.once("close", () => streams.delete(stream));
    },
    close() {
      end?.();
      for (const stream of streams.keys()) stream.destroy();
    },
  };
}

/** A stream outlives no sign-out: whoever may read no longer is told nothing more. */
async function beatOn(stream: ServerResponse, { mayRead }: Reader): Promise<void> {
  if (await mayRead().catch(() => false)) write(stream, `event: beat\ndata: {}\n\n`);
  else stream.destroy();
}

function write(stream: ServerResponse, text: string): void {
  if (stream.writableLength > waitingBytesMax) stream.destroy();
  else stream.write(text);
}

/** Names come from the store, so decisions are told after it answered, in their order. */
async function tell(
  context: ApiContext,
  notice: Notice,
  send: (event: string, data: object) => void,
): Promise<void> {
  try {
    if (notice.kind === "removal") {
      const gateway = await context.store.read("gateway.find", notice.gateway);
      const { removed, tookMs } = notice;
      return send("removal", { gateway: gateway?.name ?? notice.gateway, removed, tookMs });
    }
    if (notice.kind !== "decision") {
      const { kind, ...data } = notice;
      return send(kind, data);
    }
    const [decision] = await withNames(context, [notice.decision]);
    send("decision", decision ?? {});
  } catch (error) {
    context.log.warn("notice not told to consoles", { why: String(error) });
  }
}

/** Returns what came after an id, or null where that is not known any more. */
function since(
  lastId: string,
  feed: { readonly epoch: string; readonly place: number; readonly kept: readonly Told[] },
): readonly Told[] | null {
  const [epoch, text = ""] = lastId.split(".");
  const last = Number(text);
  if (epoch !== feed.epoch || !Number.isInteger(last) || last > feed.place) return null;
  const first = feed.kept[0]?.place ?? feed.place + 1;
  return last + 1 < first ? null : feed.kept.filter(({ place }) => place > last);
}
