/**
 * What device management said when it was last read well, in `managed.json` of the agent's state: it
 * holds over a restart while a source is in trouble. Keys are no locks and are left out.
 */
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { readSettings } from "#shared/settings/managed-settings.ts";
import type { SettingValues } from "#shared/settings/setting-catalogue.ts";
import { parseJson } from "../json-text.ts";
import { readIfThere, writeAtomic } from "../store/atomic-file.ts";

/** By name of the file; null where nothing was ever read well. */
export type KnownFiles = ReadonlyMap<string, SettingValues> | null;

/** What was last read well: of files, and of the registry or the managed preferences. */
export interface KnownSettings {
  readonly files: KnownFiles;
  readonly policies: SettingValues | null;
}

const values = z.record(z.string(), z.unknown());
const content = z.object({
  schema: z.literal("sallyport.managed/1"),
  files: z.record(z.string(), values).nullable(),
  policies: values.nullable(),
});

/** Returns what is kept; a damaged file holds nothing, which is told with the trouble that asks for it. */
export function readKept(path: string): KnownSettings {
  const parsed = content.safeParse(parseJson(textOf(path) ?? ""));
  if (!parsed.success) return { files: null, policies: null };
  const { files, policies } = parsed.data;
  return {
    files: files === null ? null : new Map(Object.entries(files).map(([k, v]) => [k, settings(v)])),
    policies: policies === null ? null : settings(policies),
  };
}

/** Returns what keeps a reading, where it is another one; it answers why that failed, or null. */
export function openKeeping(path: string): (known: KnownSettings) => string | null {
  let last = textOf(path);
  return (known) => {
    const text = textFor(known);
    if (text === last) return null;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      if (text === null) rmSync(path, { force: true });
      else writeAtomic(path, text);
    } catch (error) {
      const code = error instanceof CodedError ? error.code : String(error);
      return `cannot be kept for the next start: ${code} (${path})`;
    }
    last = text;
    return null;
  };
}

/** Null where nothing is managed: most machines have no such file. */
function textFor({ files, policies }: KnownSettings): string | null {
  const named = files === null ? [] : [...files].map(([name, held]) => [name, written(held)]);
  if (named.length === 0 && Object.keys(policies ?? {}).length === 0) return null;
  return JSON.stringify({
    schema: "sallyport.managed/1",
    files: files === null ? null : Object.fromEntries(named),
    policies: policies === null ? null : written(policies),
  });
}

/** The way back of the catalogue's parsing. */
function written(held: SettingValues): object {
  const { EnrollmentKey: _key, ReconnectAfter: minutes, ...others } = held;
  if (minutes === undefined) return others;
  return {
    ...others,
    ReconnectAfter: minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`,
  };
}

function settings(raw: unknown): SettingValues {
  return readSettings(raw).values;
}

/** A command of somebody who may not read the agent's state knows nothing of before, and says so. */
function textOf(path: string): string | null {
  try {
    return readIfThere(path);
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
