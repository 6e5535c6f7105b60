/** Who sits at this machine: by logind's files, as its own library reads them, or by the owner of a Mac's console. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../../core/local/request.ts";

/** Tells whose the screen is, seen from a user; undefined where nobody sits there. */
export type SeatReader = (uid: number) => Peer["seat"];

/** Whose the screen of this machine is. */
export const readSeat: SeatReader = (uid) =>
  seatFor(uid, process.platform === "darwin" ? macUsers() : linuxUsers("/run/systemd"));

/** Returns what a user is to those who sit at the screens; null: somebody whom nobody can name. */
export function seatFor(uid: number, users: readonly (number | null)[]): Peer["seat"] {
  if (users.length === 0) return undefined;
  return users.includes(uid) ? "own" : "another's";
}

/** Returns who is active at each seat; greeters are nobody. */
export function linuxUsers(directory: string): readonly (number | null)[] {
  return namesIn(join(directory, "seats")).flatMap((seat) => {
    const { ACTIVE: session } = variablesOf(join(directory, "seats", seat));
    if (session === undefined || !/^[\w-]{1,64}$/.test(session)) return [];
    const { CLASS: kind, UID: uid } = variablesOf(join(directory, "sessions", session));
    if (kind !== undefined && !kind.startsWith("user")) return [];
    return [uid !== undefined && /^\d{1,10}$/.test(uid) ? Number(uid) : null];
  });
}

/** The console belongs to whoever is logged in at it, else to root. */
function macUsers(): readonly number[] {
  const { uid } = statSync("/dev/console");
  return uid === 0 ? [] : [uid];
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // no logind, so no seats
  }
}

function variablesOf(file: string): Readonly<Record<string, string>> {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // gone meanwhile: the session ended
  }
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}
