/** Reads what `system_profiler -json TYPE` prints. */
import { member } from "../json-shape.ts";

/** Returns the items of a data type, or null when the text has none such. */
export function profileItems(text: string, type: string): readonly unknown[] | null {
  try {
    const items = member(JSON.parse(text), type);
    return Array.isArray(items) ? items : null;
  } catch {
    return null;
  }
}
