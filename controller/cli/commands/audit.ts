import type { Command } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { parseAuditKey } from "../../io/audit/checkpoint.ts";
import { verifyLog } from "../../io/audit/verify-log.ts";
import type { Jwk } from "#shared/protocol/trust.ts";
import { readFiles } from "../documents.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { parseCount } from "../duration.ts";
import { readPages } from "../pages.ts";
import { tableText } from "../table.ts";
import { placesOf } from "../environment.ts";

/** Adds `audit list`, and `audit verify`, which reads the files of this host. */
export function addAuditCommands(program: Command, context: CommandContext): void {
  const group = program
    .command("audit")
    .description("the append-only log of decisions and changes");
  const list = group
    .command("list")
    .description("who changed what, newest first")
    .option("--search <text>", "part of an actor, action or subject")
    .option("--limit <n>", "how many", parseCount, 100);
  answering(context, list, async ({ search, limit }: { search?: string; limit: number }) => {
    const api = apiOf(context);
    const items = await readPages(
      (place) => api.ask("GET /audit", { query: { search, ...place } }),
      { most: limit },
    );
    const rows = items.map((row) => {
      const { at, actor, action, subject, subjectName } = row;
      return [at, actor, action, subjectName ?? "", subject];
    });
    const text = tableText(["TIME", "WHO", "WHAT", "OF WHAT", "ID"], rows);
    return { schema: "sallyport.audit-list/1", data: { items }, text };
  });
  const verify = group
    .command("verify")
    .description("follow the chain of the log from its first line")
    .option("--directory <folder>", "state folder; else SALLYPORT_STATE_DIR, else /var/lib")
    .option("--key <file>", "public audit key, best from a copy kept elsewhere");
  answering(context, verify, async (options: { directory?: string; key?: string }) => {
    const { decisionLog, auditKey } = placesOf(context.environment, options.directory);
    const verdict = await verifyLog(decisionLog, readAuditKey(options.key ?? auditKey));
    if (verdict.kind === "broken") {
      const why = `line ${verdict.line} of ${verdict.file} does not follow the one before it`;
      throw new CodedError("SP-808", { directory: decisionLog, why });
    }
    const head = verdict.head?.hash ?? null;
    const { entries, checkpoints } = verdict;
    const text = `sound: ${entries} entries, ${checkpoints} signed checkpoints, head ${head ?? "none"}`;
    return {
      schema: "sallyport.audit-verified/1",
      data: { ok: true, entries, checkpoints, head },
      text,
      note: "Compare with the newest `decision log checkpoint` of the service log: a cut end shows there.",
    };
  });
}

function readAuditKey(path: string): Jwk {
  const [file] = readFiles([path]);
  const key = parseAuditKey(file?.text ?? "");
  if (key === null) throw new CodedError("SP-703", { why: `\`${path}\` is no public audit key` });
  return key;
}
