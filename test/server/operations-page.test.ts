// Runs docs/operations.md from top to bottom: its files are written, its commands run, their exit codes checked.
import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { runCommand } from "./controller-command.ts";
import { beatOf, eventOf, join as joinDevice, joinGateway, link, reportOf } from "./raw-agent.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
const feeds = join(import.meta.dirname, "../fixtures/os-intel");
const folder = mkdtempSync(join(tmpdir(), "sallyport-operations-"));
let controller: ControllerUnderTest;

beforeAll(async () => {
  mkdirSync(join(folder, "policies"));
  controller = await startController();
  await controller.ask({ method: "PUT", path: "/sites/hq", body: {} });
  await controller.ask({ method: "PUT", path: "/sites/office", body: {} });
  await joinGateway(controller, "gate-1");
  const laptop = await joinDevice(controller, "laptop");
  const socket = await link(controller, laptop);
  const facts = { "firewall.enabled": true, "disk.encrypted": true };
  const events = Object.keys(facts).map((name, index) => eventOf(index + 1, name, true));
  socket.send(reportOf(laptop.key, ...events));
  socket.send(beatOf(facts, 2));
  bringFiles();
});
afterAll(async () => {
  await controller.remove();
  rmSync(folder, { recursive: true });
});

/** What the page says that people bring: the offline root key, the key file, a publisher's key, files of feeds. */
function bringFiles(): void {
  copyFileSync(controller.places.rootKey, join(folder, "root-key.pem"));
  copyFileSync(controller.places.keyFile, join(folder, "kek.key"));
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const pem = (name: string, text: string | Buffer) => writeFileSync(join(folder, name), text);
  pem("publisher.pem", privateKey.export({ type: "pkcs8", format: "pem" }));
  pem("publisher.pub.pem", publicKey.export({ type: "spki", format: "pem" }));
  const sources = { "debian-v1": "debian", sofa: "macos_data_feed", cvrf: "2026-Nov" };
  for (const [source, name] of Object.entries(sources)) {
    copyFileSync(join(feeds, `${source}.json`), join(folder, `${name}.json`));
  }
}

async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ exit: number; said: string; out: string }> {
  const { exit, out, talk } = await runCommand(controller, argv, environment);
  return { exit, out, said: `${out}${talk}` };
}

/** The page's VERSION: the first set that was in force. */
async function firstVersion(): Promise<string> {
  const { out } = await run(["policy", "history", "--json"]);
  const { items } = JSON.parse(out) as { items: { version: string }[] };
  return items.at(-1)?.version.slice(0, 12) ?? "";
}

/** The page's REQUEST: the newest one. */
async function newestRequest(): Promise<string> {
  const { out } = await run(["request", "list", "--json"]);
  return (JSON.parse(out) as { items: { id: string }[] }).items[0]?.id ?? "";
}

/** The page's CHANGE: what waits. */
async function waitingChange(): Promise<string> {
  const { out } = await run(["policy", "status", "--json"]);
  return String((JSON.parse(out) as { change: { id: number } | null }).change?.id);
}

/** The page's HASH: of the rules that somebody wants. */
async function wantedHash(): Promise<string> {
  const { out } = await run(["policy", "rules", "--json"]);
  return (JSON.parse(out) as { wanted: { hash: string } | null }).wanted?.hash ?? "";
}

/** Words as a shell would split them; the page has no more than words and double quotes. */
function splitLine(line: string): readonly string[] {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)];
  return words.map(([, quoted, word]) => quoted ?? word ?? "");
}

/** The page's folder stands in a temporary one. */
function placed(word: string): string {
  return word.replace(
    /(^|=)(?=policies\/|[\w-]+(\.[\w]+)*\.(backup|card|json|jws|key|pem|pub|state|token)$)/,
    (at) => (at === "" ? `${folder}/` : `=${folder}/`),
  );
}

const placeholders: Readonly<Record<string, () => Promise<string>>> = {
  VERSION: firstVersion,
  REQUEST: newestRequest,
  CHANGE: waitingChange,
  HASH: wantedHash,
};

async function meant(word: string): Promise<string> {
  return placeholders[word]?.() ?? placed(word);
}

async function runLine(line: string): Promise<void> {
  const [command = "", comment = ""] = line.split(/ +# /);
  const [call = "", target] = command.split(" > ");
  const words = splitLine(call);
  const at = words.indexOf("sallyport-controller");
  expect({ line, at }).not.toEqual({ line, at: -1 });
  const environment = Object.fromEntries(
    words.slice(0, at).map((word) => placed(word).split("=") as [string, string]),
  );
  const argv = await Promise.all(words.slice(at + 1).map(meant));
  const { exit, said, out } = await run(argv, environment);
  if (target !== undefined) writeFileSync(placed(target), out, { mode: 0o600 });
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
  expect(lines).toBeGreaterThan(45);
});
