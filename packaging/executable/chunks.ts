/** The parts of a program inside its executable, each compiled when something first asks for it. */
import { Script } from "node:vm";

/** Where the parts come from. */
export interface ChunkSource {
  /** The text of a part: an expression that gives a CommonJS function. */
  textOf(name: string): string;
  /** What V8 compiled of it when the executable was built, if it was. */
  cacheOf(name: string): Uint8Array | undefined;
}

/** A part under a name that starts with `./`, or a module of Node's own. */
export type Take = (name: string) => unknown;

type Wrapped = (exports: object, take: Take, module: { exports: object }) => void;

/** Returns what a part requires by; `compiled` hears of each that was compiled. */
export function openChunks(
  source: ChunkSource,
  compiled: (name: string, script: Script) => void,
): Take {
  const taken = new Map<string, { exports: object }>();
  const take: Take = (name) => {
    if (!name.startsWith("./")) return ownModule(name);
    const known = taken.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    taken.set(name, module);
    const script = new Script(source.textOf(name), {
      filename: name,
      cachedData: source.cacheOf(name),
    });
    compiled(name, script);
    (script.runInThisContext() as Wrapped)(module.exports, take, module);
    return module.exports;
  };
  return take;
}

/** Nothing from outside is ever loaded: an executable of root's must not search folders for code. */
function ownModule(name: string): unknown {
  const module: unknown = process.getBuiltinModule(name);
  if (module !== undefined) return module;
  throw Object.assign(new Error(`\`${name}\` is no part of this program`), {
    code: "MODULE_NOT_FOUND",
  });
}
