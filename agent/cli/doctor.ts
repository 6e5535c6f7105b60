/** `sallyport doctor`: what was looked at, what is wrong, and the line that mends it. */
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { placesOf } from "../io/places.ts";
import { askAgent } from "./agent-client.ts";
import { bold, cleaned, print, printJson, prose } from "./output.ts";

const answer = z.object({
  schema: z.literal("sallyport.doctor/1"),
  checks: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["ok", "failed", "unknown"]),
      detail: z.string(),
      fix: z.string().optional(),
    }),
  ),
});

/** Shows every check; exit 0 where none failed, 1 where one did. */
export async function doctor(options: { json?: boolean }): Promise<number> {
  const parsed = answer.safeParse(await askAgent(placesOf(process.env), "doctor"));
  if (!parsed.success) throw new CodedError("SP-205", { kind: "doctor", why: "malformed" });
  const { checks, schema } = parsed.data;
  if (options.json === true) printJson({ schema, checks });
  else {
    for (const check of checks) {
      const line = `${check.state.padEnd(8)} ${cleaned(check.name)}: ${prose(check.detail)}`;
      print(check.state === "failed" ? bold(line) : line);
      if (check.fix !== undefined) print(`         ${prose(check.fix)}`);
    }
  }
  return checks.some(({ state }) => state === "failed") ? 1 : 0;
}
