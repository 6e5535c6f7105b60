/** Numbered steps within one text: it travels as a text, and whoever has room shows a list. */

/** Returns the steps as one text, each with its number. */
export function numbered(...steps: readonly string[]): string {
  return steps.map((step, at) => `${at + 1}. ${step}`).join(" ");
}

/** Returns the steps of a text without their numbers; a text without numbers is one step. */
export function stepsOf(text: string): readonly string[] {
  const parts = text.trim().split(/\s+(?=\d{1,2}\. )/);
  const isList = parts.length > 1 && parts.every((part, at) => part.startsWith(`${at + 1}. `));
  return isList ? parts.map((part) => part.slice(part.indexOf(" ") + 1)) : [text];
}
