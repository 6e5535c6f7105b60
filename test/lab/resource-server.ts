// The private resource of the lab, as a program: a web page and a stream on TCP 8080, a stream on
// UDP 9000, on every address of its namespace. Run as `node resource-server.ts <greeting>`; the
// impostor is this very server with another greeting, so that who answered can be told.
import { createSocket, type RemoteInfo } from "node:dgram";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { ArrivalClock, everyMsHeader, unsentBytesMax, sendRegularly, wiki } from "./flow.ts";
import { serveLines, write } from "./line-server.ts";

const greeting = process.argv[2] ?? "resource";
const addresses = process.argv.slice(3);
const clocks = new Map(
  addresses.map((host) => [host, { tcp: new ArrivalClock(), udp: new ArrivalClock() }]),
);

function clocksOf(host: string) {
  const found = clocks.get(host);
  if (found === undefined) throw new Error(`not listening on ${host}`);
  return found;
}

function serveStream(socket: Socket, host: string, everyMs: number): void {
  socket.setNoDelay(true);
  const stop = sendRegularly((record) => {
    if (socket.writableLength < unsentBytesMax) socket.write(record);
  }, everyMs);
  socket.on("data", () => clocksOf(host).tcp.note());
  socket.on("error", () => undefined); // a cut flow ends in a reset or a time-out: `close` follows
  socket.on("close", stop);
}

function listenTcp(host: string): Promise<void> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/plain", connection: "close" });
    response.end(`${greeting}\n`);
  });
  server.on("upgrade", (request, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: lab\r\n\r\n");
    serveStream(socket as Socket, host, Number(request.headers[everyMsHeader] ?? 1));
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject).listen({ host, port: wiki.tcpPort }, resolve);
  });
}

/** One greeting per question, and a stream to whoever asks for it until another one asks. */
function listenUdp(host: string): Promise<void> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  let stop: (() => void) | undefined;
  let peer: RemoteInfo | undefined;
  const sendTo = (to: RemoteInfo, bytes: Buffer) => {
    socket.send(bytes, to.port, to.address, () => undefined);
  };
  socket.on("message", (message, from) => {
    if (message.toString("latin1") === "hello") return sendTo(from, Buffer.from(greeting));
    clocksOf(host).udp.noteDatagram(message);
    if (peer?.port === from.port && peer.address === from.address) return undefined;
    stop?.();
    peer = from;
    stop = sendRegularly((record) => sendTo(from, record));
    return undefined;
  });
  socket.on("error", () => undefined); // unreachable peers: the cut is what the lab measures
  return new Promise((resolve) => {
    socket.bind({ address: host, port: wiki.udpPort }, resolve);
  });
}

await Promise.all(addresses.flatMap((host) => [listenTcp(host), listenUdp(host)]));
serveLines({
  /** Serves its page on further addresses, which have to be there already. */
  listen: async ({ hosts }) => {
    for (const host of hosts as string[]) {
      clocks.set(host, { tcp: new ArrivalClock(), udp: new ArrivalClock() });
      await listenTcp(host);
    }
    return {};
  },
  forget: ({ host }) => {
    clocks.set(String(host), { tcp: new ArrivalClock(), udp: new ArrivalClock() });
    return {};
  },
  report: ({ host }) => {
    const { tcp, udp } = clocksOf(String(host));
    return { tcp: tcp.read(), udp: udp.read() };
  },
});
write({ message: "listening", greeting, addresses });
