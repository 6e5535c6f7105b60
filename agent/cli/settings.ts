/** `sallyport settings`: every setting, who set it, and what is locked. */
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { placesOf } from "../io/places.ts";
import { askAgent } from "./agent-client.ts";
import { bold, cleaned, print, printJson } from "./output.ts";

/** The agent's answer about settings. */
export const settingsAnswer = z.object({
  schema: z.literal("sallyport.settings/1"),
  settings: z.array(
    z.object({
      key: z.string(),
      value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable(),
      source: z.enum(["managed", "file", "environment", "default"]),
    }),
  ),
});

/** A setting with who set it. */
export type SettingLine = z.infer<typeof settingsAnswer>["settings"][number];

/** Who set a setting, in words. */
export const sourceText: Readonly<Record<SettingLine["source"], string>> = {
  managed: "managed, locked",
  file: "agent.yaml",
  environment: "environment",
  default: "not set",
};

/** Shows every setting; always exit 0. */
export async function settings(options: { json?: boolean }): Promise<number> {
  const parsed = settingsAnswer.safeParse(await askAgent(placesOf(process.env), "settings"));
  if (!parsed.success) throw new CodedError("SP-205", { kind: "settings", why: "malformed" });
  if (options.json === true) printJson(parsed.data);
  else for (const row of parsed.data.settings) print(lineOf(row));
  return 0;
}

function lineOf({ key, value, source }: SettingLine): string {
  const text = value === null ? "-" : cleaned(String(value));
  const line = `${key.padEnd(26)} ${text.padEnd(34)} ${sourceText[source]}`;
  return source === "managed" ? bold(line) : line;
}
