/** HTML whose text is text: whatever comes from elsewhere cannot become a tag. */
import { cleaned } from "../cli/output.ts";

/** Markup that was made by `html` and may stand as it is. */
export interface Html {
  readonly markup: string;
}

type Part = Html | readonly Html[] | string | number | null;

/** Returns markup; every value in it but other markup is escaped. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.map(
    (piece, at) => piece + (at < parts.length ? shown(parts[at] ?? "") : ""),
  );
  return { markup: text.join("") };
}

function shown(part: Part): string {
  if (part === null) return "";
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return "markup" in part ? part.markup : part.map(({ markup }) => markup).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Controls and signs that turn the direction of text never reach the page; lines and tabs do. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n]+/g, cleaned)
    .replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
