import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCollectorProcess } from "./collector-process.ts";
import type { CollectorProcess } from "./collector-process.ts";

const program = join(import.meta.dirname, "../../collector/main.ts");
let folder = "";
let collector: CollectorProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-collector-"));
});
afterEach(() => {
  collector?.close();
  rmSync(folder, { recursive: true });
});

function start(script: string | null): CollectorProcess {
  const path = script === null ? program : join(folder, "collector.mjs");
  if (script !== null) writeFileSync(path, script);
  collector = createCollectorProcess({ command: process.execPath, args: [path] });
  return collector;
}

const release = { verb: "collect", signals: ["os.version"] } as const;

test("the real collector tells this machine's release", async () => {
  const result = await start(null).ask(release, 30_000);
  expect(result.kind).toBe("answered");
  if (result.kind !== "answered") return;
  const version = result.observations.find(({ fact }) => fact.signal === "os.version");
  expect(version?.fact.collector).toBe("release");
  expect(version?.raw).toContain("ID=");
});

test("a collector that dies fails its requests and is started again", async () => {
  const flag = JSON.stringify(join(folder, "second"));
  const started = start(`
    import { existsSync, writeFileSync } from "node:fs";
    process.stdin.on("data", (bytes) => {
      if (!existsSync(${flag})) { writeFileSync(${flag}, ""); process.exit(1); }
      const { id } = JSON.parse(bytes);
      console.log(JSON.stringify({ id, ok: true, observations: [], watched: [] }));
    });`);
  expect(await started.ask(release, 30_000)).toMatchObject({ kind: "failed", reason: "no_data" });
  expect(await started.ask(release, 30_000)).toMatchObject({ kind: "answered" });
});

test("a collector that hangs is killed and told as a timeout", async () => {
  const started = start("setInterval(() => {}, 1000);");
  expect(await started.ask(release, 100)).toMatchObject({ kind: "failed", reason: "timeout" });
});

test("an idle collector that ends while it is asked is asked again, once", async () => {
  const flag = JSON.stringify(join(folder, "count"));
  const started = start(`
    import { appendFileSync, readFileSync } from "node:fs";
    process.stdin.on("data", () => { appendFileSync(${flag}, "x"); process.exit(0); });`);
  expect(await started.ask(release, 30_000)).toMatchObject({ kind: "failed", reason: "no_data" });
  expect(readFileSync(join(folder, "count"), "utf8")).toBe("xx");
});

test("the installed service is asked over its socket; without it a process is started", async () => {
  const socket = join(folder, "collector.sock");
  const command = { command: process.execPath, args: [join(folder, "absent.mjs")], socket };
  collector = createCollectorProcess(command);
  expect(await collector.ask(release, 30_000)).toMatchObject({ kind: "failed", reason: "no_data" });
  const service = createServer((client) => {
    client.once("data", (bytes) => {
      const { id } = JSON.parse(bytes.toString()) as { id: number };
      client.end(`${JSON.stringify({ id, ok: true, observations: [], watched: [] })}\n`);
    });
  });
  await new Promise<void>((resolve) => service.listen(socket, resolve));
  expect(await collector.ask(release, 30_000)).toMatchObject({ kind: "answered" });
  // The service ended when it was idle: systemd would start it anew for the next connection.
  expect(await collector.ask(release, 30_000)).toMatchObject({ kind: "answered" });
  await new Promise((resolve) => service.close(resolve));
});

test.each([
  "garbage",
  '{"id":1,"ok":true}',
  '{"id":null,"ok":false,"error":"failed","detail":"?"}',
])("a line that is no answer ends the collector at once, not at the deadline: %s", async (line) => {
  const started = start(`
      process.stdin.on("data", () => console.log(${JSON.stringify(line)}));
      setInterval(() => {}, 1000);`);
  expect(await started.ask(release, 1e9)).toMatchObject({ kind: "failed", reason: "parse" });
});
