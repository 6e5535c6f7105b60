/** Plain tables for people; whatever came from a device is stripped of controls before a terminal sees it. */

/** Control and bidirectional characters, but for ends of lines and tabs. */
export const steering =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Returns rows under a head line, columns as wide as their widest cell. */
export function tableText(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(cellText))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Returns so many of a thing; its plural only adds an s. */
export function countText(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** Returns `name  value` lines. */
export function fieldsText(fields: readonly (readonly [name: string, value: unknown])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${cellText(value)}`).join("\n");
}

/** Returns a value as one line without control or bidirectional characters. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined || value === "") return "-";
  const items = Array.isArray(value) ? value.map(plainText) : [plainText(value)];
  const text = items.join(", ") || "-";
  return text.replace(/[\t\n]/g, "?").replace(steering, "?");
}

function plainText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
