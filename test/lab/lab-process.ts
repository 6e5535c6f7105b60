// Starts a program of the lab inside a new container: checks the machine, gives it a folder, tidies
// up after it. Shared by the lab and the benches.
import { runInContainer } from "./container.ts";
import { noteContainer } from "./explore.ts";
import { makeLabFolder, removeEntrance, removeLabFolder } from "./lab-folder.ts";
import { machineLacks } from "./machine.ts";

const folderVariable = "SALLYPORT_LAB_FOLDER";

/** `lacks`: the machine cannot carry it, nothing was started. */
export type LabProcessEnd =
  | { readonly kind: "lacks"; readonly lines: readonly string[] }
  | { readonly kind: "ended"; readonly code: number };

/** Runs one of our .ts files with these arguments; logs of a run that ended with 1 are kept. */
export async function runLabProcess(
  file: string,
  args: readonly string[],
  started: (unsharePid: number) => void = () => undefined,
): Promise<LabProcessEnd> {
  const lines = machineLacks();
  if (lines.length > 0) return { kind: "lacks", lines };
  const folder = makeLabFolder();
  process.env[folderVariable] = folder;
  const code = await runInContainer([file, ...args], (pid) => {
    noteContainer(folder, pid);
    started(pid);
  });
  if (code === 1) {
    removeEntrance(folder);
    process.stderr.write(`logs until the next start: ${folder}/logs\n`);
  } else removeLabFolder(folder);
  return { kind: "ended", code };
}

/** The folder of this lab, from inside. */
export function labFolder(): string {
  const folder = process.env[folderVariable];
  if (folder === undefined) throw new Error("this program runs only inside the lab's container");
  return folder;
}
