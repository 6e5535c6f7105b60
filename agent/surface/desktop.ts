/** What a desktop session can show of us, whatever system it runs on. */
import type { Face } from "./face.ts";
import type { MenuAction, MenuLine } from "./menu.ts";
import type { Notice } from "./notices.ts";

/** An icon with a menu, and notices. */
export interface Desktop {
  /** Without lines there is nothing to see: the icon is hidden. */
  show(face: Face, menu: readonly MenuLine[]): void;
  tell(notice: Notice): void;
  /** Takes the notice of a cause away, where the system lets us. */
  withdraw(cause: string): void;
  /** Settles when the session ends or the icon cannot be shown any more. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Hears what was clicked. */
export type Chosen = (action: MenuAction) => void;
