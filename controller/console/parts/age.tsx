import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { ageText } from "../text/time.ts";

const NowContext = createContext(0);

/** Ticks once a second for every age on the page. */
export function NowProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  return <NowContext value={now}>{children}</NowContext>;
}

/** Returns what the clock of the page says; it ticks once a second. */
export function useNow(): number {
  return useContext(NowContext);
}

/** How long ago an instant was; the exact time is its title. */
export function Age({ at }: { readonly at: string | null }): ReactNode {
  const now = useNow();
  if (at === null) return <span className="muted">never</span>;
  return (
    <time dateTime={at} title={`${at} · ${new Date(at).toLocaleString()}`}>
      {ageText(at, now)}
    </time>
  );
}

/** An instant of today as a time, else as a date with a time; in the browser's own zone. */
export function At({ at }: { readonly at: string | null }): ReactNode {
  if (at === null) return <span className="muted">-</span>;
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  const time = date.toLocaleTimeString(undefined, { hour12: false });
  return (
    <time dateTime={at} title={at}>
      {today ? time : `${date.toLocaleDateString()} ${time}`}
    </time>
  );
}
