/** Reads what `reg.exe query KEY` prints. Its words are the same in every language of Windows. */

const row = /^ {4}(\S.*?) {4}(REG_SZ|REG_EXPAND_SZ|REG_MULTI_SZ|REG_DWORD) {4}(.*)$/u;

/** Returns the values of one key, not of the keys below it; lists are REG_MULTI_SZ. */
export function parseRegistry(text: string): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  let keysSeen = 0;
  for (const line of text.split(/\r?\n/u)) {
    if (line.startsWith("HKEY_")) keysSeen += 1;
    const [, name, type, value = ""] = row.exec(line) ?? [];
    if (name !== undefined && type !== undefined && keysSeen === 1)
      values[name] = typed(type, value);
  }
  return values;
}

function typed(type: string, value: string): unknown {
  if (type === "REG_DWORD") return Number(value);
  if (type === "REG_MULTI_SZ") return value.split("\\0").filter((part) => part !== "");
  return value;
}
