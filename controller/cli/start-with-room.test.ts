import { expect, test } from "vitest";
import { CodedError } from "#shared/base/coded-error.ts";
import type { ErrorCode } from "#shared/base/errors.ts";
import { type RoomWait, startWithRoom } from "./start-with-room.ts";

const full = () => Promise.reject(new CodedError("SP-404", { file: "controller.db" }));

/** Of the pauses named in `crowded`, each ends once without room. */
function waiting(pausesMax = Number.POSITIVE_INFINITY, crowded = new Set<string | number>()) {
  const happened: (string | number)[] = [];
  const note = (what: string | number) => {
    happened.push(what);
    return Promise.resolve();
  };
  let pauses = 0;
  const wait: RoomWait = {
    told: ({ code }) => note(code),
    standIn: async () => {
      await note("stands in");
      return () => note("steps aside");
    },
    hasRoom: () => Promise.resolve(!crowded.delete(happened.at(-1) ?? "")),
    pause: async (ms) => {
      await note(ms);
      pauses += 1;
      return pauses <= pausesMax;
    },
  };
  return { happened, wait };
}

test("a full disk is told once; each new start comes later, with the ports free, until there is room", async () => {
  const { happened, wait } = waiting();
  let left = 7;
  const start = () => (left-- > 0 ? full() : Promise.resolve("serving"));
  expect(await startWithRoom(start, wait)).toBe("serving");
  const turn = (ms: number) => ["stands in", ms, "steps aside"];
  expect(happened).toEqual([
    "stands in",
    "SP-404",
    2_000,
    "steps aside",
    ...[4_000, 8_000, 10_000, 10_000, 10_000, 10_000].flatMap(turn),
  ]);
});

test("while there is no room the ports go on answering, and no start is tried", async () => {
  const { happened, wait } = waiting(9, new Set([2_000, 4_000]));
  let starts = 0;
  const start = () => (++starts === 1 ? full() : Promise.resolve("serving"));
  expect(await startWithRoom(start, wait)).toBe("serving");
  expect(happened).toEqual(["stands in", "SP-404", 2_000, 4_000, 8_000, "steps aside"]);
});

test("a read-only disk is waited for too, a folder that the account may not use is not", async () => {
  const { happened, wait } = waiting(0);
  const refused = (code: ErrorCode) => () =>
    Promise.reject(new CodedError(code, { file: "lock.db" }));
  expect(await startWithRoom(refused("SP-414"), wait)).toBeNull();
  expect(happened).toContain("SP-414");
  await expect(startWithRoom(refused("SP-415"), wait)).rejects.toThrow("SP-415");
});

test("who is told to stop waits no longer; another failure is no reason to wait", async () => {
  const { happened, wait } = waiting(0);
  expect(await startWithRoom(full, wait)).toBeNull();
  expect(happened.at(-1)).toBe("steps aside");
  const broken = () => Promise.reject(new CodedError("SP-805", { file: "controller.db", why: "" }));
  await expect(startWithRoom(broken, wait)).rejects.toThrow("SP-805");
});
