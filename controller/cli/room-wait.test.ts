import { createServer } from "node:net";
import { expect, test } from "vitest";
import { CodedError } from "#shared/base/coded-error.ts";
import { makeClock } from "../io/clock/clock.ts";
import { makeLog } from "../io/log/log.ts";
import { makeRoomWait } from "./room-wait.ts";

const host = "127.0.0.1";

/** Listens at a port, or at a free one; rejects where it is taken. */
async function hold(port = 0): Promise<{ readonly port: number; free(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  return {
    port: bound.port,
    free: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Stands in where one port of two is taken; tells whether the other one is free afterwards. */
async function letsGo(): Promise<boolean> {
  const [taken, free] = [await hold(), await hold()];
  await free.free();
  const ports = {
    places: { directory: "/", database: "/controller.db" },
    api: { host, port: taken.port },
    metricsPort: free.port,
  };
  const log = makeLog({ level: "error", clock: makeClock() });
  const called = new Promise<void>(() => undefined);
  const wait = makeRoomWait(ports, { log, called, announce: () => Promise.resolve() });
  const full = new CodedError("SP-404", { file: "controller.db" });
  await expect(wait.standIn(full)).rejects.toMatchObject({ code: "EADDRINUSE" });
  await taken.free();
  return hold(free.port).then(
    (again) => again.free().then(() => true),
    () => false,
  );
}

test("what cannot stand in lets go of its ports: one that stays open would keep the process", async () => {
  // Another program may happen to be given the port that was free: hardly each time.
  for (let times = 0; times < 5; times++) if (await letsGo()) return;
  expect.unreachable("the port is never let go");
});
