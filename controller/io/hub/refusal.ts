/** What someone who may not have a link is told before the connection ends, and what the log keeps of it. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { problemOf, problemType } from "../api/problem.ts";
import { makeSparing } from "../limit/sparing.ts";

/** Writes a line about who was refused. */
export type NoteRefusal = (error: ErrorRef, remoteAddress: string) => void;

const ofAnAddress = { burst: 3, perSecond: 1 / 60 };
const ofAllAddresses = { burst: 100, perSecond: 1 };

/** Returns a note whose lines cannot fill a disk: what was left out is counted in the next line. */
export function noteRefusals(log: Log, clock: Clock): NoteRefusal {
  const sparing = makeSparing(ofAnAddress, ofAllAddresses);
  return (error, remoteAddress) => {
    const leftOut = sparing(remoteAddress, clock.monotonicMs());
    if (leftOut === null) return;
    const { code, params } = error;
    log.warn("link refused", { code, ...params, remoteAddress, leftOut });
  };
}

/** Ends an upgrade with the problem that a request to the same port would be answered with. */
export function refuseUpgrade(socket: Duplex, error: ErrorRef): void {
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? "Refused"}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "cache-control: no-store",
    "connection: close",
  ];
  // The other end may keep its half of the connection open for ever.
  socket.once("finish", () => socket.destroy());
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
