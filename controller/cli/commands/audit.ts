import type { Command } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { verifyLog } from "../../io/audit/verify-log.ts";
import { answering, type CommandContext } from "../command-context.ts";
import { placesOf } from "../environment.ts";

/** Adds `audit verify`, which reads the files of this host. */
export function addAuditCommands(program: Command, context: CommandContext): void {
  const group = program
    .command("audit")
    .description("the append-only log of decisions and changes");
  const verify = group
    .command("verify")
    .description("follow the chain of the log from its first line")
    .option("--directory <folder>", "state folder; else SALLYPORT_STATE_DIR, else /var/lib");
  answering(context, verify, async (options: { directory?: string }) => {
    const { decisionLog } = placesOf(context.environment, options.directory);
    const verdict = await verifyLog(decisionLog);
    if (verdict.kind === "broken") {
      const why = `line ${verdict.line} of ${verdict.file} does not follow the one before it`;
      throw new CodedError("SP-808", { directory: decisionLog, why });
    }
    const head = verdict.head?.hash ?? null;
    const text = `sound: ${verdict.entries} entries, head ${head ?? "none"}`;
    return {
      schema: "sallyport.audit-verified/1",
      data: { ok: true, entries: verdict.entries, head },
      text,
      note: "Compare the head with one noted elsewhere: lines cut off at the end do not show.",
    };
  });
}
