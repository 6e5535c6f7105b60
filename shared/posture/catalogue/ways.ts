/** Commands of fixes that differ from distribution to distribution. */
import type { FixWay } from "../catalogue-entry.ts";
import type { PackageManager } from "../package-tool.ts";

/** Returns a way for each program that keeps the system up to date, under further conditions. */
export function byPackageManager(
  commands: Readonly<Partial<Record<PackageManager, string>>>,
  further: FixWay["when"] = {},
): readonly FixWay[] {
  return Object.entries(commands).map(([name, command]) => ({
    when: { ...further, "os.package_manager": [name] },
    command,
  }));
}
