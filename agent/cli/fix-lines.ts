/** A fix as lines of a terminal. */
import { stepsOf } from "#shared/posture/fix-steps.ts";
import { cleaned, prose } from "./output.ts";

/** Returns the steps under `lead`, and the command where no step names it. */
export function fixLines(
  lead: string,
  { text, command }: { readonly text: string; readonly command?: string | undefined },
): readonly string[] {
  const steps = stepsOf(text);
  const isList = steps.length > 1;
  const shown = isList
    ? [`  ${lead}:`, ...steps.map((step, at) => `    ${at + 1}. ${prose(step)}`)]
    : [`  ${lead}: ${prose(text)}`];
  if (command === undefined || text.includes(`\`${command}\``)) return shown;
  return [...shown, ...(isList ? ["    as a command:"] : []), `    ${cleaned(command)}`];
}
