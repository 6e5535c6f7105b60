/** Asks clamd over its local socket. */
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import type { HealthProbe } from "#shared/posture/edr-product.ts";
import { readClamd } from "../../../core/posture/edr/clamd.ts";
import type { Health } from "../../../core/posture/edr/health.ts";
import { ageHours } from "../../../core/posture/source-age.ts";
import { withDeadline } from "../deadline.ts";

const answerDeadlineMs = 2_000;
const bytesMax = 64 * 1024;

/** Returns clamd's health and the text it stands on. */
export async function askClamd(
  probe: Extract<HealthProbe, { kind: "clamd" }>,
): Promise<{ readonly health: Health; readonly text: string }> {
  const socket = await firstSocket(probe.sockets);
  if (socket === null) return { health: { kind: "unknown" }, text: "no socket" };
  const [ping, version, stats] = await Promise.all([
    ask(socket, "zPING\0"),
    ask(socket, "zVERSION\0"),
    ask(socket, "zSTATS\0"),
  ]);
  const state = readClamd({ ping, version, stats });
  const madeAt =
    state.signatureDate === null
      ? await newestDatabase(probe.database)
      : Date.parse(state.signatureDate);
  const signatureAgeHours = madeAt === null ? null : ageHours(madeAt, Date.now());
  const text = `${version}\n${stats}`;
  if (state.alive && state.enginesValid && signatureAgeHours !== null) {
    return { health: { kind: "healthy", signatureAgeHours }, text };
  }
  const because = state.alive ? "engine or signatures missing" : "no answer";
  return { health: { kind: "degraded", because, signatureAgeHours }, text };
}

async function firstSocket(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    const found = await stat(path).catch(() => null);
    if (found?.isSocket() === true) return path;
  }
  return null;
}

async function newestDatabase(folder: string): Promise<number | null> {
  const times = await Promise.all(
    ["daily.cld", "daily.cvd"].map((name) =>
      stat(`${folder}/${name}`).then(
        (found) => found.mtimeMs,
        () => null,
      ),
    ),
  );
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Returns the reply to one command, or empty text when there is none in time. */
async function ask(path: string, command: string): Promise<string> {
  const socket = connect(path);
  const reply = new Promise<string>((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    socket.on("data", (piece: Buffer) => {
      size += piece.length;
      pieces.push(piece);
      if (size > bytesMax) socket.destroy(new Error("reply too long"));
    });
    socket.on("error", reject);
    socket.on("end", () => {
      resolve(Buffer.concat(pieces).toString("utf8").replaceAll("\0", ""));
    });
    socket.write(command);
  });
  return withDeadline(reply, answerDeadlineMs)
    .catch(() => "")
    .finally(() => socket.destroy());
}
