/** An example of every setting as Linux reads it. */
import { settingCatalogue, settingKeys } from "#shared/settings/setting-catalogue.ts";

/** Returns a file for `/etc/sallyport/managed.d`. */
export function linuxSettings(): string {
  const lines = settingKeys.map(
    (key) => `  "${key}": ${JSON.stringify(settingCatalogue[key].example)}`,
  );
  return `{\n${lines.join(",\n")}\n}\n`;
}
