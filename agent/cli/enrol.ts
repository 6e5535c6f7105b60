/** `sallyport enroll`: root pins the authority in netd first, then the agent joins with the key. */
import { readFileSync } from "node:fs";
import { CodedError } from "#shared/base/coded-error.ts";
import { keyProblem } from "../core/settings.ts";
import { parseEnrolmentKey } from "../io/identity/enrolment-key.ts";
import {
  type Configuration,
  openConfiguration,
  requireRootOwned,
} from "../io/settings/configuration.ts";
import { removeSpentKeys } from "../io/settings/managed-files.ts";
import { requireAllowed } from "../io/identity/allowed-door.ts";
import { placesOf, type Places } from "../io/places.ts";
import { askUntilFree } from "./ask-until-free.ts";
import { askAgent, openAgent, openNetdAsRoot, requireOk } from "./agent-client.ts";
import { readStandardInput } from "./standard-input.ts";
import { print, printJson, talk } from "./output.ts";
import type { StatusLine } from "./status-line.ts";
import { awaitStatus } from "./status.ts";
import { unreadable } from "./unreadable.ts";

/** What `enroll` was asked. */
export interface EnrolOptions {
  readonly keyFile?: string;
  readonly identityFile?: string;
  readonly passwordFile?: string;
  readonly controller?: string;
  readonly rootPin?: string;
  /** Joins with the key that device management left, if there is one. */
  readonly managed?: boolean;
  readonly timeout: number;
  readonly json?: boolean;
}

/** Joins and waits for an administrator where one must approve; returns the exit code. */
export async function enrol(options: EnrolOptions): Promise<number> {
  const places = placesOf(process.env);
  const owner = await openConfiguration(places, process.env)();
  if (options.managed === true) return enrolManaged(places, owner, options);
  return join(places, { owner, credential: readCredential(options, owner), options });
}

interface Joining {
  readonly owner: Configuration;
  readonly credential: ShownCredential;
  readonly options: EnrolOptions;
}

/** Nothing to do is an answer, too: this runs at every start and whenever settings change. */
async function enrolManaged(
  places: Places,
  owner: Configuration,
  options: EnrolOptions,
): Promise<number> {
  const key = owner.enrolmentKey?.reveal() ?? keyLeftOut(owner);
  if (key === null) return 0;
  const { state } = await awaitStatus(places, () => true, options.timeout);
  if (state === "notEnrolled" || state === "pendingApproval") {
    if (typeof key !== "string") throw key;
    // What waits may wait by another key, which device management has taken back.
    const credential = credentialOf(key);
    const shown = { ...credential.shown, managed: true };
    const code = await join(places, { owner, credential: { ...credential, shown }, options });
    if (code !== 0) return code;
  }
  removeSpentKeys(places.managed);
  return 0;
}

/** What is no key at all is among the problems of the settings, and whoever installed has to hear of it. */
function keyLeftOut({ settings }: Configuration): CodedError | null {
  const problem = keyProblem(settings);
  if (problem === undefined) return null;
  return new CodedError("SP-104", { why: String(problem.params["why"]) });
}

async function join(places: Places, joining: Joining): Promise<number> {
  const { owner, credential, options } = joining;
  const { shown, rootPin, controller } = credential;
  requireAllowed({ url: controller, pin: rootPin }, owner.door);
  await pin(places, rootPin, owner);
  const agent = await openAgent(places);
  try {
    // An attempt with the key before may still be under way.
    const patienceMs = options.managed === true ? options.timeout : 0;
    const answer = await askUntilFree(() => agent.ask("enrol", shown), patienceMs);
    requireOk(answer, "enrol");
    if (answer["state"] === "pendingApproval") await approval(places, options);
  } finally {
    agent.close();
  }
  const status = await awaitStatus(places, (state) => state !== "notEnrolled", options.timeout);
  const id = status.device?.id ?? "";
  if (options.json === true) printJson({ schema: "sallyport.enrol/1", state: "enrolled", id });
  else print(`Enrolled as ${id}.`);
  return 0;
}

async function approval(places: Places, { timeout }: EnrolOptions): Promise<void> {
  talk("Waiting for an administrator to approve this machine.");
  const reached = await awaitStatus(places, (state) => state !== "pendingApproval", timeout);
  if (reached.state === "notEnrolled") throw approvalRefused(reached);
}

/** `sallyport unenroll`: everything of ours leaves the network, then the identity goes. */
export async function unenrol(options: { readonly json?: boolean }): Promise<number> {
  const places = placesOf(process.env);
  const { heard } = await askAgent(places, "unenrol");
  const netd = await openNetdAsRoot(places);
  try {
    requireOk(await netd.ask("leave"), "leave");
  } finally {
    netd.close();
  }
  if (options.json === true) {
    printJson({ schema: "sallyport.enrol/1", state: "notEnrolled", heard: heard === true });
    return 0;
  }
  print("This machine has left. Nothing of Sallyport is left in its network.");
  if (heard !== true) {
    print("The controller could not be told: an administrator ends it there by `device revoke`.");
  }
  return 0;
}

async function pin(places: Places, p: string, { ceilings }: Configuration): Promise<void> {
  requireRootOwned(places.config);
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
  readonly controller: string;
}

function credentialOf(key: string): ShownCredential {
  const { p: rootPin, u: controller } = parseEnrolmentKey(key);
  return { shown: { key }, rootPin, controller };
}

/** What device management says of the controller need not be typed again. */
function readCredential(options: EnrolOptions, { door }: Configuration): ShownCredential {
  const { identityFile, passwordFile } = options;
  if (identityFile === undefined) return credentialOf(readKey(options.keyFile));
  const controller = options.controller ?? door.controller ?? undefined;
  const rootPin = options.rootPin ?? door.rootPins?.[0];
  if (passwordFile === undefined || controller === undefined || rootPin === undefined) {
    const why = "`--identity-file` goes with `--password-file`, `--controller` and `--root-pin`";
    throw new CodedError("SP-703", { why });
  }
  const file = readWhole(identityFile).toString("base64");
  const password = readWhole(passwordFile)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  return { shown: { identity: { file, password, controller, rootPin } }, rootPin, controller };
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function readKey(file: string | undefined): string {
  if (file === undefined && process.stdin.isTTY) {
    const why = "no key was given; use `--key-file FILE` or `--key-file -`";
    throw new CodedError("SP-104", { why });
  }
  try {
    const text =
      file === undefined || file === "-" ? readStandardInput() : readFileSync(file, "utf8");
    return text.trim();
  } catch (error) {
    throw unreadable(file ?? "-", error);
  }
}

function approvalRefused({ warnings }: StatusLine): CodedError {
  const refused = warnings.find(({ code }) => code === "SP-116");
  if (refused !== undefined) return new CodedError("SP-116", refused.params);
  return new CodedError("SP-705", { why: warnings[0]?.detail ?? "the enrolment was not approved" });
}
