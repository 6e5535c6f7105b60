/** Fixes that differ from distribution to distribution. */
import type { FixText, FixWay } from "../catalogue-entry.ts";
import type { PackageManager } from "../package-tool.ts";

/** What each program wants done. */
type ByManager = Readonly<Partial<Record<PackageManager, FixText>>>;

/** Returns a way for each program that keeps the system up to date, under further conditions. */
export function byPackageManager(
  fixes: ByManager,
  further: FixWay["when"] = {},
): readonly FixWay[] {
  return Object.entries(fixes).map(([name, fix]) => ({
    when: { ...further, "os.package_manager": [name] },
    ...fix,
  }));
}

/** Returns a fix for each program where its command alone differs. */
export function alike(
  text: string,
  commands: Readonly<Partial<Record<PackageManager, string>>>,
): ByManager {
  return Object.fromEntries(
    Object.entries(commands).map(([name, command]) => [name, { text, command }]),
  );
}
