/** Tells that somebody uses the page; what it asks by itself is no use of it. */

/** So often at most. */
const tellEveryMs = 60_000;

/** What a hand does; a pointer may also move because the page does. */
const kinds = ["pointerdown", "keydown", "wheel", "touchstart"] as const;

/** Watches until what it returns is called. */
export function watchActivity(tell: () => void): () => void {
  let toldMs = -Infinity;
  const seen = () => {
    const nowMs = performance.now();
    if (nowMs - toldMs < tellEveryMs) return;
    toldMs = nowMs;
    tell();
  };
  const options = { capture: true, passive: true };
  for (const kind of kinds) window.addEventListener(kind, seen, options);
  return () => {
    for (const kind of kinds) window.removeEventListener(kind, seen, options);
  };
}
