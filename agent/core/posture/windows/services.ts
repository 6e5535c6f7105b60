/** Finds endpoint protection on Windows by its services that run from folders only administrators may write. */
import type { EdrProduct } from "#shared/posture/edr-product.ts";
import { textMember } from "../json-shape.ts";

/** A service that runs, by name and program file. */
export interface RunningService {
  readonly name: string;
  readonly path: string;
}

/** Reads `[{ Name, Path }]`; null when the answer is no list. */
export function runningServices(answer: unknown): readonly RunningService[] | null {
  if (!Array.isArray(answer)) return null;
  return answer.flatMap((service: unknown) => {
    const name = textMember(service, "Name");
    const path = textMember(service, "Path");
    return name === undefined || path === undefined ? [] : [{ name, path }];
  });
}

/** Folders that only administrators may write by default; `\\..` would lead out of them. */
const guarded =
  /^"?[a-z]:\\(program files( \(x86\))?|windows|programdata\\microsoft\\windows defender)\\/i;

/** Whether nobody but administrators may have put a file there. */
export function isGuarded(path: string): boolean {
  return guarded.test(path) && !path.includes("\\..\\");
}

/** Returns the protecting products one of whose services runs. */
export function serviceProducts(
  catalogue: readonly EdrProduct[],
  running: readonly RunningService[],
): readonly EdrProduct[] {
  const names = new Set(
    running.filter(({ path }) => isGuarded(path)).map(({ name }) => name.toLowerCase()),
  );
  return catalogue.filter(
    (product) =>
      product.os === "windows" &&
      product.class !== "visibility" &&
      product.services.some((service) => names.has(service.toLowerCase())),
  );
}
