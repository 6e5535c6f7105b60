// Runs docs/operations.md from top to bottom: its files are written, its commands run, their exit codes checked.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../../controller/cli/program.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "sallyport-operations-"));
let controller: ControllerUnderTest;

beforeAll(async () => {
  mkdirSync(join(folder, "policies"));
  controller = await startController();
  await controller.ask({ method: "PUT", path: "/sites/hq", body: {} });
});
afterAll(async () => {
  await controller.remove();
  rmSync(folder, { recursive: true });
});

async function run(argv: readonly string[]): Promise<{ exit: number; said: string; out: string }> {
  let [out, talk] = ["", ""];
  const exit = await runProgram(argv, {
    environment: {
      SALLYPORT_STATE_DIR: controller.places.directory,
      SALLYPORT_CONTROLLER: controller.apiUrl,
    },
    streams: { out: (text) => void (out += text), talk: (text) => void (talk += text) },
    nowAt: () => Date.now(),
  });
  return { exit, out, said: `${out}${talk}` };
}

/** The page's VERSION: the first set that was in force. */
async function firstVersion(): Promise<string> {
  const { out } = await run(["policy", "history", "--json"]);
  const { items } = JSON.parse(out) as { items: { version: string }[] };
  return items.at(-1)?.version.slice(0, 12) ?? "";
}

/** Arguments as a shell would split them; the page has no more than words and double quotes. */
function splitLine(line: string): readonly string[] {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)];
  return words.map(([, quoted, word]) => quoted ?? word ?? "");
}

async function runLine(line: string): Promise<void> {
  const [command = "", comment = ""] = line.split(/ +# /);
  const [program, ...words] = splitLine(command);
  expect(program).toBe("sallyport-controller");
  const version = words.includes("VERSION") ? await firstVersion() : "";
  const argv = words.map((word) =>
    word === "VERSION" ? version : word.replace(/^policies\//, join(folder, "policies")),
  );
  const { exit, said } = await run(argv);
  const wanted = Number(/^exit (\d+)/.exec(comment)?.[1] ?? 0);
  expect({ line, exit, said: exit === wanted ? "" : said }).toEqual({
    line,
    exit: wanted,
    said: "",
  });
}

test("the page says what happens, command by command", async () => {
  const blocks = [...page.matchAll(/```(yaml|sh)\n([^]*?)```/g)];
  let lines = 0;
  for (const [, language, text = ""] of blocks) {
    if (language === "yaml") {
      const [, file = ""] = /^# file: (\S+)\n/.exec(text) ?? [];
      writeFileSync(join(folder, file), text);
      continue;
    }
    for (const line of text.trimEnd().split("\n")) {
      await runLine(line);
      lines += 1;
    }
  }
  expect(lines).toBeGreaterThan(20);
}, 60_000);
