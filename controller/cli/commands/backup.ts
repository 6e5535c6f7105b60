import { resolve } from "node:path";
import type { Command } from "commander";
import { controllerVersion } from "../../io/version.ts";
import { answering, type CommandContext } from "../command-context.ts";
import { placesOf } from "../environment.ts";
import { makeProgress, type Progress } from "../progress.ts";
import type { RestoreResult } from "../restore.ts";
import { fieldsText } from "../table.ts";

interface Options {
  readonly directory?: string;
  readonly asItWas?: string;
}

const directoryWords = "state folder; else SALLYPORT_STATE_DIR, else /var/lib";

/** Adds `backup` and `restore`, which work on the files of this host. */
export function addBackupCommands(program: Command, context: CommandContext): void {
  addBackup(program, context);
  addRestore(program, context);
}

function addBackup(program: Command, context: CommandContext): void {
  const command = program
    .command("backup")
    .description("copy the controller while it runs, without its key file")
    .argument("<folder>", "a folder that is not there yet")
    .option("--directory <folder>", directoryWords);
  answering(context, command, async (folder: string, options: Options) => {
    const { writeBackup } = await import("../../io/backup/write-backup.ts");
    const places = placesOf(context.environment, options.directory);
    const target = resolve(folder);
    let progress: Progress | null = null;
    const manifest = await writeBackup({
      places,
      target,
      controllerVersion,
      nowAt: () => context.nowAt(),
      copied: (done, total) => {
        progress ??= makeProgress(context, "copying the store", total);
        progress.at(done);
        if (done === total) progress.end();
      },
    });
    const { files, madeAt, trustDomain } = manifest;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const text = fieldsText([
      ["backup", target],
      ["made at", madeAt],
      ["trust domain", trustDomain],
      ["files", `${files.length}, ${bytes} bytes`],
    ]);
    const note = `\nIt holds no private key in clear, yet all that the controller knows of people and machines:\nguard it. Nobody can restore it without ${places.keyFile}, which is not in it: keep a copy of\nthat file elsewhere, and the root key offline.`;
    const data = { folder: target, madeAt, trustDomain, files, keyFile: places.keyFile };
    return { schema: "sallyport.backup-made/1", data, text, note };
  });
}

function addRestore(program: Command, context: CommandContext): void {
  const command = program
    .command("restore")
    .description("bring a controller back from a backup, everybody held until released")
    .argument("<folder>", "the backup")
    .option("--directory <folder>", directoryWords)
    .option("--as-it-was <reason>", "hold nobody: why nothing was revoked since the backup");
  answering(context, command, async (folder: string, options: Options) => {
    const { restoreController } = await import("../restore.ts");
    const restored = await restoreController({
      backup: resolve(folder),
      places: placesOf(context.environment, options.directory),
      asItWas: options.asItWas ?? null,
      nowAt: context.nowAt(),
    });
    const text = restoredText(restored);
    const note = options.asItWas === undefined ? heldNote : "\nNext: `sallyport-controller serve`.";
    return { schema: "sallyport.restored/1", data: restored, text, note };
  });
}

const heldNote = `\nWhat was revoked after the backup stands in it as before, so nobody is let in by it: devices and\ngateways are quarantined, tokens, passkeys, keys of enrolment and of break-glass are gone, and the\nrule of a second approver is off.\nNext: \`sallyport-controller serve\`; look at policies, sign-in and keys; then release gateways and\ndevices by name, and revoke whom you had revoked.`;

function restoredText({ directory, madeAt, trustDomain, tokenFile, held }: RestoreResult): string {
  const { devices, gateways, enrolKeys, tokens, passkeys } = held;
  return fieldsText([
    ["state folder", directory],
    ["trust domain", trustDomain],
    ["as it was at", madeAt],
    ["root token", tokenFile],
    ["held", `${devices} devices, ${gateways} gateways`],
    ["ended", `${enrolKeys} enrolment keys, ${tokens} tokens, ${passkeys} passkeys`],
  ]);
}
