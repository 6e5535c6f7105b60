/** `sallyport doctor --bundle FILE`: everything that helps somebody to help, and no secret. */
import { writeFileSync } from "node:fs";
import { arch, release } from "node:os";
import { CodedError } from "#shared/base/coded-error.ts";
import { withoutChosenNames } from "../core/local/bundle-names.ts";
import { withoutSecrets } from "../core/local/bundle-text.ts";
import { agentVersion, osName } from "../io/host.ts";
import { endOfLog } from "../io/log-end.ts";
import { placesOf } from "../io/places.ts";
import { runTool } from "../io/posture/command.ts";
import { askAgent } from "./agent-client.ts";
import { sourcesOf } from "./bundle-sources.ts";
import { print, printJson, talk } from "./output.ts";
import { dayMs } from "#shared/base/time-span.ts";

const toolDeadlineMs = 10_000;

/** Asked of the agent; whoever may run this may ask them one by one. */
const questions = ["doctor", "status", "settings", "posture"] as const;

/** Gathers, says what is inside, and writes it to a file that must not be there yet; `-` is stdout. */
export async function writeBundle(file: string, options: { json?: boolean }): Promise<number> {
  const parts = withoutSecrets(withoutChosenNames(await gather())) as Readonly<
    Record<string, unknown>
  >;
  const text = `${JSON.stringify({ schema: "sallyport.bundle/1", ...parts }, null, 2)}\n`;
  for (const [name, part] of Object.entries(parts)) {
    talk(`${name.padEnd(12)} ${JSON.stringify(part).length} bytes`);
  }
  talk(
    "Keys, tokens and passwords were taken out. Names of this machine and its people are inside.",
  );
  if (file === "-") {
    print(text.trimEnd());
    return 0;
  }
  write(file, text);
  if (options.json === true) printJson({ schema: "sallyport.bundle-written/1", file });
  else print(`Written to ${file}; read it before you send it.`);
  return 0;
}

/** Nothing is followed and nothing replaced: the folder may be one that others write, too. */
function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "failed";
    throw new CodedError("SP-423", { file, why }, { cause });
  }
}

async function gather(): Promise<Readonly<Record<string, unknown>>> {
  const parts: Record<string, unknown> = {
    about: { agentVersion, kernel: release(), arch: arch(), node: process.version, at: new Date() },
  };
  for (const verb of questions) parts[verb] = await told(verb);
  parts["shared"] = await sharedCounts();
  const { looks, logs } = sourcesOf(osName(), process.env);
  for (const [name, look] of Object.entries(looks)) parts[name] = await seen(look);
  for (const [name, path] of Object.entries(logs)) parts[name] = await logged(path);
  return JSON.parse(JSON.stringify(parts)) as Readonly<Record<string, unknown>>;
}

/** An agent that does not answer is what the bundle is for. */
async function told(verb: string, fields: object = {}): Promise<unknown> {
  return askAgent(placesOf(process.env), verb, { ...fields }).catch((error: unknown) => {
    return { failed: error instanceof Error ? error.message : String(error) };
  });
}

async function sharedCounts(): Promise<unknown> {
  const answer = (await told("privacy", { sinceAt: Date.now() - dayMs })) as {
    readonly messages?: readonly { readonly message: { readonly kind: string } }[];
  };
  if (answer.messages === undefined) return answer;
  const counts: Record<string, number> = {};
  for (const { message } of answer.messages) counts[message.kind] = (counts[message.kind] ?? 0) + 1;
  return { lastDay: counts };
}

async function seen([program, ...args]: readonly [string, ...string[]]): Promise<unknown> {
  const run = await runTool({ candidates: [program], args, deadlineMs: toolDeadlineMs });
  return run.kind === "failed" ? { failed: run.reason } : `${run.stdout}${run.stderr}`.split("\n");
}

async function logged(path: string): Promise<unknown> {
  return endOfLog(path).catch((error: unknown) => ({
    failed: error instanceof Error && "code" in error ? error.code : String(error),
  }));
}
