/** Reads which ports a Mac listens on. */

/**
 * Returns `tcp/22`-like names from `lsof -nP -iTCP -sTCP:LISTEN -F n`, without loopback. It ends with 1 both
 * where nothing listens and where it fails: then its standard error tells them apart.
 */
export function readMacPorts(text: string, complaints = ""): readonly string[] | null {
  if (text.trim() === "" && complaints.trim() !== "") return null;
  const ports = new Set<number>();
  for (const line of text.split("\n")) {
    if (!line.startsWith("n")) {
      if (line !== "" && !/^[pf]/.test(line)) return null;
      continue;
    }
    const match = /^n(.+):(\d{1,5})$/.exec(line);
    if (match?.[1] === undefined) return null;
    if (!/^(127\.|\[::1\]|localhost)/.test(match[1])) ports.add(Number(match[2]));
  }
  return [...ports].sort((left, right) => left - right).map((port) => `tcp/${port}`);
}
