/**
 * Settings of the machine's owner: device management over `agent.yaml` over the environment. Only root
 * may own them, since the ceilings in the file bound what a controller can do.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import { type Secret, secret } from "#shared/base/secret.ts";
import { cidr } from "#shared/protocol/atoms.ts";
import type { ReadSettings, SettingProblem } from "#shared/settings/managed-settings.ts";
import {
  type SettingKey,
  settingKeys,
  settingSchemas,
  type SettingValues,
} from "#shared/settings/setting-catalogue.ts";
import type { SettingRow, Settings, SettingSource } from "../../core/settings.ts";
import type { LogLevel } from "../../ports.ts";
import type { AllowedDoor } from "../identity/allowed-door.ts";
import { parseEnrolmentKey } from "../identity/enrolment-key.ts";
import { parseLogLevel } from "../log-level.ts";
import type { Places } from "../places.ts";
import { readIfThere } from "../store/atomic-file.ts";
import { openKeeping, readKept } from "./kept-settings.ts";
import { lookOf, openManagedSource } from "./managed-source.ts";

const ceilings = z.strictObject({
  allowedPrefixes: z.array(cidr).max(1024).optional(),
  allowedDomains: z.array(z.string().max(253)).max(512).optional(),
  servedPrefixes: z.array(cidr).max(1024).optional(),
});

// A file that everybody may read is no place for a key.
const { EnrollmentKey: _, ...fileKeys } = settingSchemas;
const configFile = z.strictObject({
  ...z.object(fileKeys).partial().shape,
  ceilings: ceilings.optional(),
});

/** Local limits that no message can lift; a missing list leaves netd's built-in limits. */
export type Ceilings = z.infer<typeof ceilings>;

/** Everything the settings say. */
export interface Configuration {
  readonly settings: Settings;
  readonly logLevel: LogLevel;
  readonly ceilings: Ceilings;
  readonly proxy: string | null;
  readonly door: AllowedDoor;
  readonly updates: {
    readonly install: boolean;
    readonly url: string | null;
    readonly channel: string;
  };
  readonly enrolmentKey: Secret<string> | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns a reader of all settings; each call reads anew and throws SP-130 for a bad `agent.yaml`. One
 * that `keeps` leaves what device management said for the next start: the daemon alone.
 */
export function openConfiguration(
  places: Places,
  environment: Environment,
  { keeps = false } = {},
): () => Promise<Configuration> {
  const kept = join(places.state, "managed.json");
  const look = lookOf(process.platform, places.managed, readKept(kept));
  const managed = openManagedSource(look, keeps ? openKeeping(kept) : null);
  return async () => {
    const { ceilings: limits, ...file } = await readFileOf(places.config);
    return configurationOf({
      managed: await managed(),
      file,
      environment: readEnvironment(environment),
      limits: limits ?? {},
    });
  };
}

interface Layers {
  readonly managed: ReadSettings;
  readonly file: SettingValues;
  readonly environment: SettingValues;
  readonly limits: Ceilings;
}

function configurationOf({ managed, file, environment, limits }: Layers): Configuration {
  const set: SettingValues = { ...environment, ...file, ...managed.values };
  const sourceOf = (key: SettingKey): SettingSource => {
    if (key in managed.values) return "managed";
    if (key in file) return "file";
    return key in environment ? "environment" : "default";
  };
  const { ReconnectAfter: minutes, EnrollmentKey: key } = set;
  return {
    settings: {
      alwaysOn: set.AlwaysOn ?? false,
      allowUserDisconnect: set.AllowUserDisconnect ?? !(set.AlwaysOn ?? false),
      disconnectRequiresReason: set.DisconnectRequiresReason ?? false,
      reconnectAfterMs: minutes === undefined ? null : minutes * 60_000,
      postureChecking: set.PostureChecking !== "never",
      hideTray: set.HideTray ?? false,
      managedBy: set.ManagedByOrganizationName ?? null,
      supportUrl: set.SupportURL ?? null,
      rows: settingKeys.map((key) => rowOf(key, set, sourceOf(key))),
      problems: [...managed.problems.map(problemOf), ...keyProblems(key)],
    },
    logLevel: set.LogLevel ?? "info",
    ceilings: limits,
    proxy: set.ProxyURL ?? null,
    door: { controller: set.ControllerURL ?? null, rootPins: set.RootPins ?? null },
    updates: {
      install: set.InstallUpdates === "always",
      url: set.UpdateURL?.replace(/\/+$/, "") ?? null,
      channel: set.UpdateChannel ?? "stable",
    },
    enrolmentKey: key === undefined ? null : secret(key),
  };
}

function problemOf({ key, why, isUnknown }: SettingProblem): ErrorRef {
  const code = isUnknown === true ? "SP-131" : "SP-130";
  return { code, params: { name: key === "" ? "all" : key, why } };
}

/** A key that was copied badly is said before anybody tries to join with it. */
function keyProblems(key: string | undefined): readonly ErrorRef[] {
  if (key === undefined) return [];
  try {
    parseEnrolmentKey(key);
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return [{ code: error.code, params: error.params }];
  }
}

function rowOf(key: SettingKey, values: SettingValues, source: SettingSource): SettingRow {
  const value = values[key] ?? null;
  if (key === "EnrollmentKey" && value !== null) return { key, value: "[secret]", source };
  if (key === "ProxyURL" && typeof value === "string") {
    return { key, value: new URL(value).origin, source };
  }
  if (key.endsWith("URL") && typeof value === "string") {
    return { key, value: withoutUserInfo(value), source };
  }
  if (key === "ReconnectAfter" && value !== null)
    return { key, value: `${String(value)}m`, source };
  return { key, value, source };
}

/** Every user of the machine may ask for the settings, and an address may carry a password. */
function withoutUserInfo(address: string): string {
  const url = new URL(address);
  if (url.username === "" && url.password === "") return address;
  url.username = "";
  url.password = "";
  return url.href;
}

function readEnvironment(environment: Environment): SettingValues {
  const level = parseLogLevel(environment["SALLYPORT_LOG_LEVEL"] ?? "");
  const proxy = environment["HTTPS_PROXY"] ?? "";
  return {
    ...(level === null ? {} : { LogLevel: level }),
    ...(proxy === "" ? {} : { ProxyURL: checked(settingSchemas.ProxyURL, proxy, "HTTPS_PROXY") }),
  };
}

/** Throws SP-130 unless only root can have written the ceilings. */
export function requireRootOwned(path: string): void {
  // On Windows the service has made the folder, and lets administrators alone write there.
  if (process.platform === "win32" || readIfThere(path) === null) return;
  const { uid, mode } = statSync(path);
  if (uid === 0 && (mode & 0o022) === 0) return;
  throw new CodedError("SP-130", {
    name: path,
    why: "the file must belong to root and be writable by root only",
  });
}

async function readFileOf(path: string): Promise<z.infer<typeof configFile>> {
  const text = readText(path);
  if (text === null) return {};
  return checked(configFile, await parseYaml(path, text), path);
}

function readText(path: string): string | null {
  try {
    return readIfThere(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "failed";
    throw new CodedError("SP-130", { name: path, why: `cannot be read: ${code}` }, { cause });
  }
}

async function parseYaml(path: string, text: string): Promise<unknown> {
  // Loaded only here: most machines have no such file, and the agent starts without it.
  const { parse } = await import("yaml");
  try {
    return (parse(text) as unknown) ?? {};
  } catch (error) {
    const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new CodedError("SP-130", { name: path, why }, { cause: error });
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = [path, ...(issue?.path ?? [])].join(" ");
  throw new CodedError("SP-130", { name, why: issue?.message ?? "not understood" });
}
