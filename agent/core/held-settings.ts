/** What stays in force while a source of settings is in trouble: an error lifts no lock. */
import type { ReadSettings, SettingProblem } from "#shared/settings/managed-settings.ts";
import type { SettingKey, SettingValues } from "#shared/settings/setting-catalogue.ts";

/** What one source says, as far as it can be known. */
export interface HeldSettings extends ReadSettings {
  /** Whether it may lock what nobody here knows of: it was never read well. */
  readonly isUnknown: boolean;
}

/** Settings that decide whether people may disconnect. */
const disconnecting: readonly SettingKey[] = ["AlwaysOn", "AllowUserDisconnect"];

/** Puts what a source said before (null: never read well) in the place of what it cannot say now. */
export function holdSettings(before: SettingValues | null, read: ReadSettings): HeldSettings {
  // A name of a newer version never was a setting of this one.
  const doubtful = read.problems.filter(({ isUnknown }) => isUnknown !== true);
  const staying = Object.entries(before ?? {}).filter(([key]) =>
    doubtful.some((problem) => concerns(problem, key)),
  );
  const values = { ...Object.fromEntries(staying), ...read.values } as SettingValues;
  const isUnknown = doubtful.some((problem) =>
    isWhole(problem)
      ? before === null
      : disconnecting.some((key) => concerns(problem, key) && !(key in values)),
  );
  return { values, problems: read.problems.map((one) => toldOf(one, before, values)), isUnknown };
}

/** Returns a problem of a whole source, and what is in force meanwhile. */
export function wholeProblem(why: string, isKnown: boolean): SettingProblem {
  return { key: "", why: `${why}; what it said before ${isKnown ? "stays" : "is not known"}` };
}

function toldOf(
  problem: SettingProblem,
  before: SettingValues | null,
  values: SettingValues,
): SettingProblem {
  if (problem.isUnknown === true) return problem;
  if (isWhole(problem)) return wholeProblem(problem.why, before !== null);
  const stays = Object.keys(values).some((key) => concerns(problem, key));
  return stays ? { ...problem, why: `${problem.why}; what it said before stays` } : problem;
}

function isWhole({ key }: SettingProblem): boolean {
  return key === "";
}

/** A name in other letters is a mistyped one of ours. */
function concerns(problem: SettingProblem, key: string): boolean {
  return isWhole(problem) || problem.key.toLowerCase() === key.toLowerCase();
}
