/**
 * The collector process: reads as root what the agent may not, on request, one thing after the
 * other, and ends when idle. It opens no internet socket and takes nothing but signal names.
 */
import { constants, setPriority } from "node:os";
import { LineReader } from "../io/line-reader.ts";
import { collectorRequest, longestLine } from "../io/posture/collector-protocol.ts";
import { killTools } from "../io/posture/command.ts";
import type { CollectorReply, CollectorRequest } from "../io/posture/collector-protocol.ts";
import { collect } from "./collect.ts";

const idleMs = 5_000;

setPriority(constants.priority.PRIORITY_LOW);
// Whatever libraries run must find only system programs, whoever started us.
process.env["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
process.umask(0o077);

process.on("SIGTERM", () => {
  killTools();
  process.exit(143);
});

let work = Promise.resolve();
let waiting = 0;
let idle = endWhenIdle();

const lines = new LineReader(longestLine, (text) => {
  waiting++;
  clearTimeout(idle);
  work = work.then(async () => {
    reply(await answer(text));
    waiting--;
    if (waiting === 0) idle = endWhenIdle();
  });
});
process.stdin.on("data", (bytes: Buffer) => {
  if (!lines.push(bytes)) process.exit(2);
});
process.stdin.on("end", () => {
  void work.then(() => process.exit(0));
});

function endWhenIdle(): NodeJS.Timeout {
  return setTimeout(() => {
    process.exit(0);
  }, idleMs);
}

async function answer(text: string): Promise<CollectorReply> {
  const request = parse(text);
  if (request === null) {
    return { id: null, ok: false, error: "bad_request", detail: "not a request" };
  }
  const { id } = request;
  try {
    if (request.verb === "inventory") {
      // Loaded only when asked for: it costs as much as everything else together.
      const { readInventory } = await import("./inventory.ts");
      return { id, ok: true, observations: [], watched: [], inventory: await readInventory() };
    }
    return { id, ok: true, ...(await collect(request.signals)) };
  } catch (error) {
    const detail = (error instanceof Error ? error.message : String(error)).slice(0, 512);
    return { id, ok: false, error: "failed", detail };
  }
}

function parse(text: string): CollectorRequest | null {
  try {
    return collectorRequest.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function reply(message: CollectorReply): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
