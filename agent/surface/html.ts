/** HTML whose text is text: whatever comes from elsewhere cannot become a tag. */

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

/** Controls and signs that turn the direction of text never reach the page. */
function escaped(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\u{fffd}")
    .replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
