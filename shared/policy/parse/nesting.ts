const openers = "[{";
const closers = "]}";
const indicators = "-?:";

/**
 * Tells whether a text nests deeper than `most` by brackets or by indicators on one line. It reads
 * no YAML: brackets in quotes count too, so `most` must be far above what people write.
 */
export function nestsDeeperThan(text: string, most: number): boolean {
  let brackets = 0;
  let run = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (openers.includes(character)) brackets += 1;
    else if (closers.includes(character)) brackets = Math.max(0, brackets - 1);
    else if (indicators.includes(character)) run += 1;
    else if (character !== " " && character !== "\t") run = 0;
    if (brackets > most || run > most) return true;
  }
  return false;
}
