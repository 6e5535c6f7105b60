/** `sallyport gateway break-glass`: root hands netd what two administrators signed. */
import { readFileSync } from "node:fs";
import { CodedError } from "#shared/base/coded-error.ts";
import { placesOf } from "../io/places.ts";
import { openNetdAsRoot } from "./agent-client.ts";
import type { ExchangeAnswer } from "./exchange.ts";
import { readStandardInput } from "./standard-input.ts";
import { cleaned, print, printJson } from "./output.ts";
import { unreadable } from "./unreadable.ts";

const fileBytesMax = 64 * 1024;

/** Opens by a signed file; the agent need not run, the controller must be out of reach. */
export async function breakGlass(path: string, options: { json?: boolean }): Promise<number> {
  const file = readSigned(path);
  const netd = await openNetdAsRoot(placesOf(process.env));
  try {
    const answer = await netd.ask("breakGlass", { file });
    if (!answer.ok) throw refusal(answer);
    const { jti, resources, holders } = answer;
    const untilAt = new Date(Number(answer["untilSeconds"]) * 1_000).toISOString();
    const shown = { schema: "sallyport.break-glass/1", jti, resources, holders, untilAt };
    if (options.json === true) printJson(shown);
    else {
      print(cleaned(`Open: ${String(resources)} until ${untilAt}, signed by ${String(holders)}.`));
      print("It ends by itself, and the controller is told as soon as it is back.");
    }
    return 0;
  } finally {
    netd.close();
  }
}

function refusal({ error }: ExchangeAnswer): CodedError {
  return new CodedError("SP-508", { code: error?.code ?? "unknown", why: error?.detail ?? "" });
}

function readSigned(path: string): object {
  try {
    const text = path === "-" ? readStandardInput() : readFileSync(path, "utf8");
    const file = text.length > fileBytesMax ? null : (JSON.parse(text) as unknown);
    if (typeof file === "object" && file !== null) return file;
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new CodedError(
        "SP-703",
        { why: `\`${path}\` is no break-glass file` },
        { cause: error },
      );
    }
    throw unreadable(path, error);
  }
  throw new CodedError("SP-703", { why: `\`${path}\` is no break-glass file` });
}
