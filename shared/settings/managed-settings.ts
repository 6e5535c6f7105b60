/** Reads settings of device management: one bad value must not take the others with it. */
import {
  type SettingKey,
  settingKeys,
  settingSchemas,
  type SettingValues,
} from "./setting-catalogue.ts";

/** A setting that was not taken, and why. */
export interface SettingProblem {
  readonly key: string;
  readonly why: string;
  /** A name that this version does not have, as of a newer one; not a mistyped name of its own. */
  readonly isUnknown?: true;
}

/** What one source holds. */
export interface ReadSettings {
  readonly values: SettingValues;
  readonly problems: readonly SettingProblem[];
}

const keysMax = 64;

/** Returns every setting that is understood, and what is wrong with each of the others. */
export function readSettings(raw: unknown): ReadSettings {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    return { values: {}, problems: [{ key: "", why: "must be an object of settings" }] };
  }
  const members = Object.entries(raw);
  const problems: SettingProblem[] = [];
  const values: Record<string, unknown> = {};
  // Ours come first, so that many others push none of them out.
  const ours = members.filter(([key]) => isSettingKey(key));
  const others = members.filter(([key]) => !isSettingKey(key));
  for (const [key, value] of [...ours, ...others].slice(0, keysMax)) {
    const shown = key.slice(0, 64).replace(/[^ -~]/g, "?");
    if (!isSettingKey(key)) {
      const meant = namesWithoutCase.get(key.toLowerCase());
      problems.push(
        meant === undefined
          ? { key: shown, why: "is no setting of this version", isUnknown: true }
          : { key: shown, why: `is written \`${meant}\`` },
      );
      continue;
    }
    const parsed = settingSchemas[key].safeParse(value);
    if (parsed.success) values[key] = parsed.data;
    else problems.push({ key, why: parsed.error.issues[0]?.message ?? "is not understood" });
  }
  if (members.length > keysMax) {
    problems.push({ key: "", why: "holds too many settings", isUnknown: true });
  }
  return { values, problems };
}

const namesWithoutCase = new Map(settingKeys.map((key) => [key.toLowerCase(), key]));

/** Tells whether a name is that of a setting. */
function isSettingKey(name: string): name is SettingKey {
  return Object.hasOwn(settingSchemas, name);
}
