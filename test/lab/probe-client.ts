// A restless user of the laptop: `probe-client.ts <resolver> <name,...> <host>...` asks every host
// again and again, by TCP and UDP, and the resolver for every name, and counts who answers. While
// something is closed each question is a packet that must not leave in clear; what the impostor
// answers has leaked, whatever the captures saw.
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import { wiki } from "./flow.ts";
import { serveLines, write } from "./line-server.ts";

const askEveryMs = 10;
/** An unanswered question is given up so early that few are open at once. */
const patienceMs = 250;
const [resolver = "", names = "", ...hosts] = process.argv.slice(2);
const stub = new Resolver({ timeout: patienceMs, tries: 1 });
stub.setServers([resolver]);

let asked = 0;
const answers: Record<string, number> = {};

function note(greeting: string, host: string): void {
  const who = `${greeting} ${host}`;
  answers[who] = (answers[who] ?? 0) + 1;
}

function askTcp(host: string): void {
  asked += 1;
  const socket = connect({ host, port: wiki.tcpPort });
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.on("connect", () => {
    socket.end("GET / HTTP/1.0\r\n\r\n");
  });
  socket.on("data", (bytes) => {
    note(bytes.toString("latin1").split("\r\n\r\n").at(-1)!.trim(), host);
  });
  socket.on("error", () => undefined); // closed, which is what most questions are for
}

async function askName(name: string): Promise<void> {
  asked += 1;
  // Refused or unanswered while closed, which is what most questions are for.
  const found = await stub.resolve4(name).catch(() => []);
  for (const address of found) note(`name ${name}`, address);
}

function openUdp(host: string): Datagrams {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (answer) => note(answer.toString("latin1"), host));
  socket.on("error", () => undefined);
  return socket;
}

const datagrams = hosts.map((host) => ({ host, socket: openUdp(host) }));
let turn = 0;
setInterval(() => {
  for (const { host, socket } of datagrams) {
    asked += 1;
    socket.send("hello", wiki.udpPort, host, () => undefined);
    if (turn % 4 === 0) askTcp(host);
  }
  if (turn % 8 === 0) for (const name of names.split(",")) void askName(name);
  turn += 1;
}, askEveryMs);

serveLines({ report: () => ({ asked, answers }) });
write({ message: "listening", hosts });
