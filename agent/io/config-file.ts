/**
 * Settings of the machine's owner: `managed.d/*.json` (device management) over `agent.yaml` over the
 * environment. Only root may own them, since the ceilings in them bound what a controller can do.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { cidr } from "#shared/protocol/atoms.ts";
import type { Settings } from "../core/settings.ts";
import type { LogLevel } from "../ports.ts";
import { parseLogLevel } from "./log-level.ts";
import type { Places } from "./places.ts";
import { readIfThere } from "./store/atomic-file.ts";
import { parseJson } from "./json-text.ts";

const ceilings = z.strictObject({
  allowedPrefixes: z.array(cidr).max(1024).optional(),
  allowedDomains: z.array(z.string().max(253)).max(512).optional(),
  servedPrefixes: z.array(cidr).max(1024).optional(),
});

const managedKeys = {
  AllowUserDisconnect: z.boolean().optional(),
  DisconnectRequiresReason: z.boolean().optional(),
  LogLevel: z.enum(["error", "warn", "info", "debug"]).optional(),
  /** The HTTP proxy between this machine and the controller. */
  ProxyURL: z
    .url({ protocol: /^http$/ })
    .max(512)
    .optional(),
  SupportURL: z
    .url({ protocol: /^https?$/ })
    .max(512)
    .optional(),
  ManagedByOrganizationName: z.string().max(128).optional(),
};

const managedFile = z.strictObject(managedKeys);
const configFile = z.strictObject({ ...managedKeys, ceilings: ceilings.optional() });

/** Local limits that no message can lift; a missing list leaves netd's built-in limits. */
export type Ceilings = z.infer<typeof ceilings>;

/** Everything the settings say. */
export interface Configuration {
  readonly settings: Settings;
  readonly logLevel: LogLevel;
  readonly ceilings: Ceilings;
  readonly proxy: string | null;
}

/** Reads all settings; throws SP-130 for one that is not valid. */
export function readConfiguration(
  places: Places,
  environment: Readonly<Record<string, string | undefined>>,
): Configuration {
  const file = readFileOf(places.config);
  const managed = readManaged(places.managed);
  const keys = { ...file, ...managed };
  const fromEnvironment = parseLogLevel(environment["SALLYPORT_LOG_LEVEL"] ?? "");
  return {
    settings: {
      allowUserDisconnect: keys.AllowUserDisconnect ?? true,
      disconnectRequiresReason: keys.DisconnectRequiresReason ?? false,
      managedBy: keys.ManagedByOrganizationName ?? null,
      supportUrl: keys.SupportURL ?? null,
    },
    logLevel: keys.LogLevel ?? fromEnvironment ?? "info",
    ceilings: file.ceilings ?? {},
    proxy: keys.ProxyURL ?? parseProxy(environment["HTTPS_PROXY"] ?? ""),
  };
}

function parseProxy(text: string): string | null {
  return text === "" ? null : checked(z.url({ protocol: /^http$/ }), text, "HTTPS_PROXY");
}

/** Throws SP-130 unless only root can have written the ceilings. */
export function requireRootOwned(path: string): void {
  if (readIfThere(path) === null) return;
  const { uid, mode } = statSync(path);
  if (uid === 0 && (mode & 0o022) === 0) return;
  throw new CodedError("SP-130", {
    name: path,
    why: "the file must belong to root and be writable by root only",
  });
}

function readFileOf(path: string): z.infer<typeof configFile> {
  const text = readIfThere(path);
  if (text === null) return {};
  return checked(configFile, parseYaml(path, text), path);
}

function readManaged(directory: string): z.infer<typeof managedFile> {
  let merged: z.infer<typeof managedFile> = {};
  for (const name of listJson(directory)) {
    const path = join(directory, name);
    merged = { ...merged, ...checked(managedFile, parseJson(readIfThere(path) ?? ""), path) };
  }
  return merged;
}

function listJson(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function parseYaml(path: string, text: string): unknown {
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
