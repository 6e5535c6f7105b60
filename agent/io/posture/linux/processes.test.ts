import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { allAlive, anyCommandOf, runningPrograms, startTicksOf } from "./processes.ts";

const proc = mkdtempSync(join(tmpdir(), "sallyport-proc-"));
afterAll(() => {
  rmSync(proc, { recursive: true });
});

function process(pid: number, command: string, exe: string | null, stat: string): void {
  mkdirSync(join(proc, String(pid)));
  writeFileSync(join(proc, String(pid), "comm"), `${command}\n`);
  writeFileSync(join(proc, String(pid), "stat"), stat);
  if (exe !== null) symlinkSync(exe, join(proc, String(pid), "exe"));
}

const fields = (state: string, start: string) =>
  [state, ...Array.from({ length: 18 }, () => "0"), start, "0"].join(" ");
process(7, "clamd", "/usr/sbin/clamd", `7 (clamd) ${fields("S", "4711")}`);
process(8, "kthreadd", null, `8 (kthreadd) ${fields("S", "1")}`);
process(9, "a) R (b", "/opt/x", `9 (a) R (b) ${fields("Z", "99")}`);
mkdirSync(join(proc, "self"));

test("processes are known by their file; kernel threads have none", async () => {
  const view = await runningPrograms(proc);
  expect(view.hidden).toEqual([]);
  expect(view.programs).toEqual([
    { pid: 7, path: "/usr/sbin/clamd" },
    { pid: 9, path: "/opt/x" },
  ]);
});

test("the start time is found behind any name; a zombie is gone", async () => {
  expect(await startTicksOf(7, proc)).toBe("4711");
  expect(await startTicksOf(9, proc)).toBeNull();
  expect(await startTicksOf(10, proc)).toBeNull();
});

test("names are compared as the kernel keeps them", () => {
  expect(anyCommandOf(["/usr/sbin/clamd"], proc)).toBe(true);
  expect(anyCommandOf(["/opt/CrowdStrike/falcon-sensor*"], proc)).toBe(false);
});

test("a process of the same number that started later is another one", async () => {
  const child = spawn("/bin/sleep", ["1000"]);
  const pid = child.pid ?? 0;
  const startTicks = (await startTicksOf(pid)) ?? "";
  expect(await allAlive([{ pid, startTicks }])).toBe(true);
  expect(await allAlive([{ pid, startTicks: "1" }])).toBe(false);
  child.kill("SIGKILL");
});
