/** Watches folders, and takes them up again when they were lost, replaced or made later. */
import { statSync, watch } from "node:fs";
import type { FSWatcher } from "node:fs";

/** A folder whose changes tell of signals. */
export interface Place {
  readonly folder: string;
  /** File names that matter; all when absent. */
  readonly names?: RegExp;
  readonly signals: readonly string[];
}

/** What to tell. */
export interface PlaceWatchOptions {
  readonly changed: (signals: readonly string[]) => void;
  readonly onLost: (place: string, because: string) => void;
  /** How often lost folders are looked for; their signals are polled until then. */
  readonly reviveMs?: number;
}

const usualReviveMs = 60_000;

/** Starts watching; returns what ends it. */
export function watchPlaces(places: readonly Place[], options: PlaceWatchOptions): () => void {
  const held = places.map((place) => new PlaceWatch(place, options));
  for (const each of held) each.start();
  const timer = setInterval(() => {
    for (const each of held) each.revive();
  }, options.reviveMs ?? usualReviveMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    for (const each of held) each.stop();
  };
}

class PlaceWatch {
  readonly #place: Place;
  readonly #options: PlaceWatchOptions;
  #watcher: FSWatcher | null = null;
  #inode: bigint | null = null;
  #saidLost = false;

  constructor(place: Place, options: PlaceWatchOptions) {
    this.#place = place;
    this.#options = options;
  }

  start(): void {
    const inode = inodeOf(this.#place.folder);
    if (inode === null) return;
    try {
      const watcher = watch(this.#place.folder, { persistent: false }, (_, name) => {
        this.#heard(name);
      });
      watcher.on("error", (error) => this.#lose(error.message));
      this.#watcher = watcher;
      this.#inode = inode;
      this.#saidLost = false;
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : String(error));
    }
  }

  /** A folder that was removed keeps its watch and stays silent for ever: its number tells. */
  revive(): void {
    const { folder, signals } = this.#place;
    const inode = inodeOf(folder);
    if (this.#watcher !== null && inode === this.#inode) return;
    if (this.#watcher !== null) this.#lose("the folder was removed or replaced");
    if (inode === null) return;
    this.start();
    // What happened in between nobody heard.
    if (this.#watcher !== null) this.#options.changed(signals);
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #heard(name: string | null): void {
    const { names, signals } = this.#place;
    if (name === null || names === undefined || names.test(name)) this.#options.changed(signals);
  }

  #lose(because: string): void {
    this.stop();
    if (!this.#saidLost) this.#options.onLost(this.#place.folder, because);
    this.#saidLost = true;
  }
}

function inodeOf(folder: string): bigint | null {
  return statSync(folder, { throwIfNoEntry: false, bigint: true })?.ino ?? null;
}
