/** The library of the driver that a package of Windows may carry beside its programs. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Tells whether it lies beside a program, so that a machine without a tunnel is not as it was meant to be. */
export function carriesTunnel(program = process.execPath): boolean {
  return existsSync(join(dirname(program), "wintun.dll"));
}
