import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { hasProgram } from "../../test/lab/program-path.ts";
import { buildMsi } from "./msi.ts";

// wixl wants a path below the sources.
mkdirSync(".cache", { recursive: true });
const directory = mkdtempSync(".cache/msi-");
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

beforeEach(({ skip }) => {
  const lacks = ["wixl", "msibuild", "msiinfo"].filter((program) => !hasProgram(program));
  if (lacks.length > 0) skip(`needs ${lacks.join(", ")}: apt-get install wixl msitools`);
});

async function build(name: string, netd = "netd", wintun?: string): Promise<string> {
  const work = join(directory, name);
  mkdirSync(work);
  const fileOf = (part: string, text: string): string => {
    writeFileSync(join(work, part), text);
    return join(work, part);
  };
  const programs = {
    agent: fileOf("agent", "agent"),
    netd: fileOf("netd", netd),
    tray: fileOf("tray", "tray"),
    materials: fileOf("materials", "{}"),
  };
  const nodePackage = `node-linux-${process.arch}`;
  const dated = { version: "0.1.0", epochSeconds: 1_000_000_000 };
  const runtimes = { nodePackage, goVersion: "1.26.8" };
  const library =
    wintun === undefined
      ? undefined
      : { file: fileOf("dll", wintun), licence: fileOf("licence", "as it is"), version: "0.14.1" };
  return buildMsi(programs, { ...dated, ...runtimes, work, output: work, wintun: library });
}

test("the same content makes the same file, wherever and whenever it is built", async () => {
  vi.stubEnv("TZ", "Asia/Tokyo");
  const first = await build("first");
  vi.stubEnv("TZ", "America/Lima");
  const second = await build("second");
  expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
  const other = await build("other", "another netd");
  const codeOf = (file: string) => /Revision.*/.exec(told("suminfo", file))?.[0];
  expect(codeOf(other)).not.toBe(codeOf(first));
});

test("a wintun.dll lies beside netd with its licence where one was brought, and nowhere else", async () => {
  const filesOf = (msi: string) =>
    told("export", msi, "File")
      .split("\r\n")
      .flatMap((row) => /\twintun[^\t]*/i.exec(row.replaceAll(/[^\t]*\|/g, "")) ?? [])
      .map((name) => name.trim());
  expect(filesOf(await build("bare"))).toEqual([]);
  const found = filesOf(await build("with-wintun", "netd", "library"));
  expect(found.sort()).toEqual(["wintun-licence.txt", "wintun.dll"]);
});

test("what an installation leaves goes after its services and before its files", async () => {
  const rows = told("export", await build("ordered"), "InstallExecuteSequence").split("\r\n");
  const numberOf = (action: string) =>
    Number(rows.find((row) => row.startsWith(`${action}\t`))?.split("\t")[2]);
  const order = ["InstallInitialize", "DeleteServices", "Purge", "RemoveFiles", "InstallFiles"];
  order.push("UndoSettings", "KeepSettings", "StartServices", "InstallFinalize", "ForgetKey");
  const numbers = order.map(numberOf);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(numbers).not.toContain(Number.NaN);
});

test("a repair keeps no settings, a failure undoes them, and an upgrade leaves no program out", async () => {
  const msi = await build("tables");
  const row = (table: string, name: string) =>
    told("export", msi, table)
      .split("\r\n")
      .find((line) => line.startsWith(`${name}\t`));
  expect(row("InstallExecuteSequence", "KeepSettings")).toContain(") AND NOT Installed\t");
  // A rollback action of the system's, for a first installation alone: never an action of its own.
  expect(row("CustomAction", "UndoSettings")).toMatch(
    /^UndoSettings\t3410\tNetdProgram\t--purge\t/,
  );
  expect(row("InstallExecuteSequence", "UndoSettings")).toContain(
    "\tNOT Installed AND NOT WIX_UPGRADE_DETECTED\t",
  );
  expect(row("Property", "REINSTALLMODE")).toBe("REINSTALLMODE\tamus");
  // What follows a value that ends with a backslash is read as a part of it.
  const [kept = ""] = /--installed .*"/.exec(row("CustomAction", "KeepSettings") ?? "") ?? [];
  expect(kept.indexOf("[ENROLL_KEY]")).toBeGreaterThan(0);
  expect(kept.indexOf("[ENROLL_KEY]")).toBeLessThan(kept.indexOf("[CONTROLLER_URL]"));
});

function told(...argv: readonly string[]): string {
  return spawnSync("/usr/bin/msiinfo", argv, { encoding: "utf8" }).stdout;
}
