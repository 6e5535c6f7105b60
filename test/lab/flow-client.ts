// The user's programs on the laptop, as one program: fetches pages and holds long-lived TCP and UDP
// flows. It knows nothing of Sallyport.
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { get, request, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { monotonicMs } from "./clock.ts";
import { ArrivalClock, everyMsHeader, unsentBytesMax, sendRegularly, wiki } from "./flow.ts";
import { serveLines, write, type LineRequest } from "./line-server.ts";

const trickleMs = 20;

interface OpenFlow {
  readonly tcp: ArrivalClock;
  readonly udp: ArrivalClock;
  readonly refusal: Refusal;
  readonly close: () => void;
}

/** Since when the kernel takes no record of a flow. */
interface Refusal {
  atMs: number | null;
}

const flows = new Map<string, OpenFlow>();

function hostOf(message: LineRequest): string {
  return String(message["host"]);
}

function timeOutOf(message: LineRequest): number {
  return Number(message["timeoutMs"] ?? 2_000);
}

/** The page's text and when its first byte came; a refusal or a time-out is an error. */
function fetchPage(message: LineRequest): Promise<object> {
  const startedAtMs = monotonicMs();
  return new Promise((resolve, reject) => {
    const options = { host: hostOf(message), port: wiki.tcpPort, path: "/", agent: false };
    const signal = AbortSignal.timeout(timeOutOf(message));
    const asked = get({ ...options, signal }, (response: IncomingMessage) => {
      const firstByteAtMs = monotonicMs();
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ body: body.trim(), startedAtMs, firstByteAtMs }));
    });
    asked.on("error", reject);
  });
}

/** The addresses of a name as one resolver tells them, or its refusal. */
async function lookUp(message: LineRequest): Promise<object> {
  const resolver = new Resolver({ timeout: timeOutOf(message), tries: 1 });
  resolver.setServers([String(message["server"])]);
  const name = hostOf(message);
  const codeOf = (cause: unknown) => (cause as NodeJS.ErrnoException).code ?? String(cause);
  const [four, six] = await Promise.all([
    resolver.resolve4(name).catch(codeOf),
    resolver.resolve6(name).catch(codeOf),
  ]);
  return { four, six };
}

/** What the other side's UDP port says to a hello; an error when it says nothing in time. */
function askUdp(message: LineRequest): Promise<object> {
  const host = hostOf(message);
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      socket.close();
      act();
    };
    const timer = setTimeout(() => {
      settle(() => reject(new Error("no answer")));
    }, timeOutOf(message));
    socket.on("message", (answer) => settle(() => resolve({ body: answer.toString() })));
    socket.on("error", (cause) => settle(() => reject(cause)));
    socket.send("hello", wiki.udpPort, host, (cause) => {
      if (cause !== null) settle(() => reject(cause));
    });
  });
}

function openTcp(host: string, arrivals: ArrivalClock, everyMs = 1): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const headers = { connection: "upgrade", upgrade: "lab", [everyMsHeader]: everyMs };
    const asked = request({
      host,
      port: wiki.tcpPort,
      path: wiki.streamPath,
      headers,
      agent: false,
    });
    asked.on("error", reject);
    asked.on("upgrade", (_response, socket: Socket) => {
      socket.setNoDelay(true);
      const stop = sendRegularly((record) => {
        if (socket.writableLength < unsentBytesMax) socket.write(record);
      }, everyMs);
      socket.on("data", () => arrivals.note());
      socket.on("error", () => undefined); // the cut: `close` follows
      socket.on("close", stop);
      resolve(() => socket.resetAndDestroy());
    });
    asked.end();
  });
}

function openUdp(host: string, arrivals: ArrivalClock, refusal: Refusal): () => void {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (record) => arrivals.noteDatagram(record));
  socket.on("error", () => undefined); // unreachable while cut: the sender goes on
  const stop = sendRegularly((record) => {
    socket.send(record, wiki.udpPort, host, (cause) => {
      refusal.atMs = cause === null ? null : (refusal.atMs ?? monotonicMs());
    });
  });
  return () => {
    stop();
    socket.close();
  };
}

/** Opens one slow TCP flow to a host, for tests that hold many. */
async function openTrickle(message: LineRequest): Promise<object> {
  const host = hostOf(message);
  flows.get(host)?.close();
  const [tcp, udp] = [new ArrivalClock(), new ArrivalClock()];
  const closeTcp = await openTcp(host, tcp, trickleMs);
  flows.set(host, { tcp, udp, refusal: { atMs: null }, close: closeTcp });
  return {};
}

/** Opens both flows to one host under its name; a flow to the same host is closed first. */
async function open(message: LineRequest): Promise<object> {
  const host = hostOf(message);
  flows.get(host)?.close();
  const tcp = new ArrivalClock();
  const udp = new ArrivalClock();
  const closeTcp = await openTcp(host, tcp);
  const refusal: Refusal = { atMs: null };
  const closeUdp = openUdp(host, udp, refusal);
  const close = () => {
    closeTcp();
    closeUdp();
  };
  flows.set(host, { tcp, udp, refusal, close });
  return {};
}

function close(message: LineRequest): object {
  flows.get(hostOf(message))?.close();
  flows.delete(hostOf(message));
  return {};
}

function report(message: LineRequest): object {
  const flow = flows.get(hostOf(message));
  if (flow === undefined) throw new Error("no such flow");
  return { tcp: flow.tcp.read(), udp: flow.udp.read(), refusedAtMs: flow.refusal.atMs };
}

serveLines({ fetch: fetchPage, lookUp, udp: askUdp, open, openTrickle, close, report });
write({ message: "listening" });
