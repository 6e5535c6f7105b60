/** Returns the lines of a text that a service log wrote at level `error`. */
export function errorLinesIn(text: string): string[] {
  return text.split("\n").filter((line) => {
    if (!line.startsWith("{")) return false;
    try {
      return (JSON.parse(line) as { level?: unknown }).level === "error";
    } catch {
      return false; // somebody else's line: logs write whole ones
    }
  });
}
