/** Finds endpoint protection on a Mac by its activated system extensions. */
import type { EdrProduct } from "#shared/posture/edr-product.ts";

/** Returns `TEAM bundle.id` of extensions that are activated and enabled; null when the text is no listing. */
export function enabledExtensions(text: string): readonly string[] | null {
  if (!/^\d+ extension\(s\)/m.test(text)) return null;
  return text.split("\n").flatMap((line) => {
    const match = /\t([A-Z0-9]{10})\t(\S+) \(.*\[activated enabled\]\s*$/.exec(line);
    return match === null ? [] : [`${match[1]} ${match[2]}`];
  });
}

/** Returns the protecting products one of whose extensions is enabled. */
export function extensionProducts(
  catalogue: readonly EdrProduct[],
  enabled: readonly string[],
): readonly EdrProduct[] {
  return catalogue.filter(
    (product) =>
      product.class !== "visibility" &&
      (product.extensions ?? []).some((extension) => enabled.includes(extension)),
  );
}
