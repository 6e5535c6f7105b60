/** The signal catalogue: the one table that agent, controller, policy, command line and `docs/signals.md` read. */
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { accessSignals } from "./catalogue/access.ts";
import { checkSignals } from "./catalogue/checks.ts";
import { diskSignals } from "./catalogue/disk.ts";
import { edrSignals } from "./catalogue/edr.ts";
import { firewallSignals } from "./catalogue/firewall.ts";
import { hardwareSignals } from "./catalogue/hardware.ts";
import { integritySignals } from "./catalogue/integrity.ts";
import { managementSignals } from "./catalogue/management.ts";
import { selfSignals } from "./catalogue/self.ts";
import { softwareSignals } from "./catalogue/software.ts";
import { systemSignals } from "./catalogue/system.ts";

/** Every signal there is; a signal outside this table is refused at both ends. */
export const catalogue: readonly CatalogueEntry[] = [
  ...systemSignals,
  ...diskSignals,
  ...firewallSignals,
  ...edrSignals,
  ...integritySignals,
  ...accessSignals,
  ...managementSignals,
  ...softwareSignals,
  ...hardwareSignals,
  ...checkSignals,
  ...selfSignals,
];

const bySignal: ReadonlyMap<string, CatalogueEntry> = new Map(
  catalogue.map((entry) => [entry.signal, entry]),
);

/** Returns the entry of a signal, or undefined when the catalogue does not know it. */
export function entryOf(signal: string): CatalogueEntry | undefined {
  return bySignal.get(signal);
}
