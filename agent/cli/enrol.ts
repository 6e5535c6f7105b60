/** `sallyport enroll`: root pins the authority in netd first, then the agent joins with the key. */
import { readFileSync } from "node:fs";
import { CodedError } from "#shared/base/coded-error.ts";
import { parseEnrolmentKey } from "../io/identity/enrolment-key.ts";
import { readConfiguration, requireRootOwned } from "../io/config-file.ts";
import { placesOf, type Places } from "../io/places.ts";
import { openAgent, openNetdAsRoot, requireOk } from "./agent-client.ts";
import { print, printJson, talk } from "./output.ts";
import { awaitStatus } from "./status.ts";

/** What `enroll` was asked. */
export interface EnrolOptions {
  readonly keyFile?: string;
  readonly identityFile?: string;
  readonly passwordFile?: string;
  readonly controller?: string;
  readonly rootPin?: string;
  readonly timeout: number;
  readonly json?: boolean;
}

/** Joins and waits for an administrator where one must approve; returns the exit code. */
export async function enrol(options: EnrolOptions): Promise<number> {
  const places = placesOf(process.env);
  const { shown, rootPin } = readCredential(options);
  await pin(places, rootPin);
  const agent = await openAgent(places);
  try {
    const answer = requireOk(await agent.ask("enrol", shown), "enrol");
    if (answer["state"] === "pendingApproval") {
      talk("Waiting for an administrator to approve this machine.");
      const left = (state: string): boolean => state !== "pendingApproval";
      const reached = await awaitStatus(places, left, options.timeout);
      if (reached.state === "notEnrolled") throw approvalRefused(reached);
    }
  } finally {
    agent.close();
  }
  const status = await awaitStatus(places, (state) => state !== "notEnrolled", options.timeout);
  const id = status.device?.id ?? "";
  if (options.json === true) printJson({ schema: "sallyport.enroll/1", state: "enrolled", id });
  else print(`Enrolled as ${id}.`);
  return 0;
}

/** `sallyport unenroll`: everything of ours leaves the network, then the identity goes. */
export async function unenrol(options: { readonly json?: boolean }): Promise<number> {
  const places = placesOf(process.env);
  const agent = await openAgent(places);
  try {
    requireOk(await agent.ask("unenrol"), "unenrol");
  } finally {
    agent.close();
  }
  const netd = await openNetdAsRoot(places);
  try {
    requireOk(await netd.ask("leave"), "leave");
  } finally {
    netd.close();
  }
  if (options.json === true) printJson({ schema: "sallyport.enroll/1", state: "notEnrolled" });
  else print("This machine has left. Nothing of Sallyport is left in its network.");
  return 0;
}

async function pin(places: Places, p: string): Promise<void> {
  requireRootOwned(places.config);
  const { ceilings } = readConfiguration(places, process.env);
  const netd = await openNetdAsRoot(places);
  try {
    requireOk(await netd.ask("pin", { p, ceilings }), "pin");
  } finally {
    netd.close();
  }
}

/** What is shown to the agent, and the pin of the controller's root. */
interface ShownCredential {
  readonly shown: Readonly<Record<string, unknown>>;
  readonly rootPin: string;
}

function readCredential(options: EnrolOptions): ShownCredential {
  const { identityFile, passwordFile, controller, rootPin } = options;
  if (identityFile === undefined) {
    const key = readKey(options.keyFile);
    return { shown: { key }, rootPin: parseEnrolmentKey(key).p };
  }
  if (passwordFile === undefined || controller === undefined || rootPin === undefined) {
    const why = "`--identity-file` goes with `--password-file`, `--controller` and `--root-pin`";
    throw new CodedError("SP-703", { why });
  }
  const file = readWhole(identityFile).toString("base64");
  const password = readWhole(passwordFile)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  return { shown: { identity: { file, password, controller, rootPin } }, rootPin };
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CodedError("SP-107", { why: `\`${path}\` could not be read` }, { cause });
  }
}

function readKey(file: string | undefined): string {
  if (file === undefined && process.stdin.isTTY) {
    const why = "no key was given; use `--key-file FILE` or `--key-file -`";
    throw new CodedError("SP-104", { why });
  }
  try {
    return readFileSync(file === undefined || file === "-" ? 0 : file, "utf8").trim();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CodedError("SP-104", { why: `its file could not be read: ${why}` }, { cause: error });
  }
}

function approvalRefused(status: Awaited<ReturnType<typeof awaitStatus>>): CodedError {
  const [warning] = status.warnings;
  return new CodedError("SP-705", { why: warning?.detail ?? "the enrolment was not approved" });
}
