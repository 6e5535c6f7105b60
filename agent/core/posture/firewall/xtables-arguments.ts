/** Splits one line of iptables-save into words. */

/** One word; a quoted one is never an option, whatever it starts with. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** Returns the words of a line, or null where a quote does not end. */
export function splitArguments(line: string): readonly Word[] | null {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (line[at] === " ") {
      at++;
      continue;
    }
    const quoted = line[at] === '"';
    let text = "";
    if (quoted) at++;
    for (; at < line.length && line[at] !== (quoted ? '"' : " "); at++) {
      if (quoted && line[at] === "\\") at++;
      text += line[at] ?? "";
    }
    if (quoted && line[at] !== '"') return null;
    if (quoted) at++;
    words.push({ text, quoted });
  }
  return words;
}
