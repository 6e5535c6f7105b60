/** Reads which loaded modules taint the kernel. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";

/** A module with the letters of `/sys/module/NAME/taint`. */
export interface ModuleTaint {
  readonly name: string;
  readonly letters: string;
}

/** Judges the modules: `nvidia POE`. A letter that no kernel prints is unknown. */
export function judgeModules(modules: readonly ModuleTaint[]): Reading {
  const tainting: string[] = [];
  for (const { name, letters } of modules) {
    const text = letters.trim();
    if (!/^[A-Z]{0,20}$/.test(text)) return notParsed;
    if (text !== "") tainting.push(`${name} ${text}`);
  }
  return known(tainting.sort());
}
