/**
 * The collector at work: answers on request, one thing after the other for each client, and ends when
 * idle. systemd hands it a listening socket; without one it serves its parent over standard input.
 */
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { killTools } from "../io/posture/command.ts";
import { converse } from "./conversation.ts";

const idleMs = 5_000;
/** The agent talks over two connections; nobody else is let in by the socket's mode. */
const clientsMax = 4;
/** systemd passes sockets from this descriptor on (sd_listen_fds(3)). */
const firstPassedSocket = 3;

const socketPassed =
  process.env["LISTEN_FDS"] === "1" && process.env["LISTEN_PID"] === String(process.pid);

process.on("SIGTERM", () => {
  end(143);
});

let waiting = 0;
let idle = endWhenIdle();

if (socketPassed) serveSocket();
else {
  converse(process.stdin, process.stdout, {
    busy,
    overlong: () => process.exit(2),
    over: () => process.exit(0),
  });
}

function serveSocket(): void {
  const server = createServer({ allowHalfOpen: true }, (client: Socket) => {
    const drop = () => client.destroy();
    // A client that goes away is no trouble: its answers go nowhere.
    client.on("error", drop);
    converse(client, client, { busy, overlong: drop, over: drop });
  });
  server.maxConnections = clientsMax;
  server.listen({ fd: firstPassedSocket });
}

function busy(change: 1 | -1): void {
  waiting += change;
  clearTimeout(idle);
  if (waiting === 0) idle = endWhenIdle();
}

function endWhenIdle(): NodeJS.Timeout {
  return setTimeout(() => {
    end(0);
  }, idleMs);
}

function end(code: number): void {
  killTools();
  process.exit(code);
}
