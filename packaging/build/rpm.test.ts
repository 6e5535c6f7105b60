import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasProgram } from "../../test/lab/program-path.ts";
import { agentPackage } from "./package-content.ts";
import { buildRpm } from "./rpm.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("an rpm is the same from whichever folder, one with a space in its name too", async ({
  skip,
}) => {
  skip(!hasProgram("rpmbuild"), "needs rpmbuild: apt-get install rpm");
  const file = join(directory, "file");
  writeFileSync(file, "a program");
  const papers = { copyright: file, notices: file, changelog: file };
  const bills = { materials: file, controllerMaterials: file };
  const programs = { agent: file, controller: file, netd: file, tray: file, ...bills };
  const build = async (name: string): Promise<Buffer> => {
    const output = join(directory, name);
    mkdirSync(output);
    const dated = { version: "1.2.3", epochSeconds: 1_700_000_000 };
    const options = { ...dated, architecture: "x86_64", level: 1, work: output, output } as const;
    return readFileSync(await buildRpm(agentPackage({ ...programs, papers }), options));
  };
  expect((await build("ein länger folder")).equals(await build("plain"))).toBe(true);
});
