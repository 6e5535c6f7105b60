/** Facts as people type them: `firewall.enabled=true os.version=12`. */

type Value = boolean | number | string;

/** Returns the facts that a text names, or the first word that is none. */
export function factsOf(
  text: string,
):
  | { readonly kind: "facts"; readonly facts: Readonly<Record<string, Value>> }
  | { readonly kind: "wrong"; readonly word: string } {
  const facts: Record<string, Value> = {};
  for (const word of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const [, signal, value] = /^([a-z]+(?:\.[a-z0-9_]+)+)=(.+)$/.exec(word) ?? [];
    if (signal === undefined || value === undefined) return { kind: "wrong", word };
    facts[signal] = valueOf(value);
  }
  return { kind: "facts", facts };
}

function valueOf(text: string): Value {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}
