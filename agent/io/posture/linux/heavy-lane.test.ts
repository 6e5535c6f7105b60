import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Fact } from "#shared/posture/fact.ts";
import type { CollectRequest } from "../../../core/posture/collection.ts";
import { createHeavyLane } from "./heavy-lane.ts";
import type { HeavyLane } from "./heavy-lane.ts";
import { startTicksOf } from "./processes.ts";

let folder = "";
let lane: HeavyLane | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-lane-"));
});
afterEach(() => {
  lane?.close();
  rmSync(folder, { recursive: true });
});

const request: CollectRequest = {
  run: 1,
  collector: "presence",
  signals: ["edr.running"],
  deadlineMs: 20_000,
};
const fact: Fact = {
  signal: "edr.running",
  reading: { kind: "known", value: true },
  observedAt: 1,
  freshForMs: 180_000,
  source: "edr",
  collector: "protection",
  collectorVersion: 1,
  evidence: { sha256: "0".repeat(64), bytes: 0, tookMs: 1 },
};

test("while the same process lives the collector is not asked; its end is told without it, then it is asked again", async () => {
  const protector = spawn("/bin/sleep", ["1000"]);
  const pid = protector.pid ?? 0;
  const watched = [{ pid, startTicks: await startTicksOf(pid) }];
  const answer = { ok: true, observations: [{ fact, raw: "" }], watched };
  const script = join(folder, "collector.mjs");
  const count = join(folder, "count");
  writeFileSync(
    script,
    `import { appendFileSync } from "node:fs";
     process.stdin.on("data", (bytes) => {
       appendFileSync(${JSON.stringify(count)}, "x");
       console.log(JSON.stringify({ ...${JSON.stringify(answer)}, id: JSON.parse(bytes).id }));
     });`,
  );
  const log = { write: () => undefined };
  const kept: unknown[] = [];
  const keep = (processes: unknown) => {
    kept.push(processes);
    return Promise.resolve();
  };
  const made = createHeavyLane({
    command: { command: process.execPath, args: [script] },
    log,
    lives: { keep, close: () => undefined },
    namesakeRuns: () => false,
  });
  lane = made;
  const asked = () => readFileSync(count, "utf8").length;
  expect((await made.presence(request)).observations).toEqual([{ fact, raw: "" }]);
  expect(kept).toEqual([watched]);
  expect((await made.presence(request)).observations).toHaveLength(1);
  expect(asked()).toBe(1);
  const ended = new Promise((resolve) => protector.once("exit", resolve));
  protector.kill("SIGKILL");
  await ended;
  const gone = await made.presence(request);
  expect(gone.observations[0]?.fact.reading).toEqual({ kind: "known", value: false });
  expect(asked()).toBe(1);
  await made.presence(request);
  expect(asked()).toBe(2);
});

test("a package tool is asked after what is known without it, and only where that is not enough", async () => {
  const script = join(folder, "collector.mjs");
  const order = join(folder, "order");
  writeFileSync(
    script,
    `import { appendFileSync, existsSync } from "node:fs";
     process.stdin.on("data", (bytes) => {
       for (const line of bytes.toString().trim().split("\\n")) {
         const { id, signals, atOnce } = JSON.parse(line);
         appendFileSync(${JSON.stringify(order)}, signals[0] + " " + atOnce + "\\n");
         const known = atOnce && existsSync(${JSON.stringify(join(folder, "known"))});
         const observations = known ? [${JSON.stringify({ fact, raw: "" })}] : [];
         console.log(JSON.stringify({ id, ok: true, observations, watched: [] }));
       }
     });`,
  );
  const made = createHeavyLane({
    command: { command: process.execPath, args: [script] },
    log: { write: () => undefined },
    lives: { keep: () => Promise.resolve(), close: () => undefined },
  });
  lane = made;
  const held: CollectRequest = { ...request, collector: "software", signals: ["os.held_packages"] };
  const updates: CollectRequest = {
    ...request,
    collector: "patches",
    signals: ["os.security_updates"],
  };
  await Promise.all([made.ask(updates), made.ask(held)]);
  const all =
    "os.held_packages undefined\nos.security_updates true\nos.security_updates undefined\n";
  expect(readFileSync(order, "utf8")).toBe(all);
  writeFileSync(join(folder, "known"), "");
  expect((await made.ask(updates)).observations).toHaveLength(1);
  expect(readFileSync(order, "utf8")).toBe(`${all}os.security_updates true\n`);
});
