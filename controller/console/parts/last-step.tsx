import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { type Removal, removalsKey } from "../live/stream.ts";
import { durationText } from "../text/time.ts";
import { Mark } from "./mark.tsx";

/** What a gateway confirms so soon after a step is of that step. */
const effectMs = 5_000;
const shownMs = 12_000;

/** A step that somebody took, and how long the controller needed for it. */
export interface LastStep {
  readonly verb: string;
  readonly tookMs: number;
  readonly begunAt: number;
}

/** Under this name the newest step is kept. */
export const lastStepKey = ["last-step"] as const;

/** The newest step for a while: its time, and what the gateways confirmed. */
export function LastStepShown(): ReactNode {
  const step = useQuery<LastStep | null>({
    queryKey: lastStepKey,
    queryFn: () => null,
    initialData: null,
    staleTime: Infinity,
  });
  const removals = useQuery<readonly Removal[]>({
    queryKey: removalsKey,
    queryFn: () => [],
    initialData: [],
    staleTime: Infinity,
  });
  const [over, setOver] = useState(0);
  const begunAt = step.data?.begunAt ?? 0;
  useEffect(() => {
    const timer = window.setTimeout(() => setOver(begunAt), shownMs);
    return () => window.clearTimeout(timer);
  }, [begunAt]);
  if (step.data === null || over === begunAt) return <div role="status" />;
  const { verb, tookMs } = step.data;
  const until = begunAt + effectMs;
  const closed = removals.data.filter(({ heardAt }) => heardAt >= begunAt && heardAt < until);
  return (
    <div role="status" className="last-step">
      <Mark tone="info" word={`${verb}: done in ${timeText(tookMs)}`} />
      {byGateway(closed).map(({ gateway, removed, tookMs: there }) => (
        <div key={gateway}>
          {`${gateway} closed ${removed} access${removed === 1 ? "" : "es"} in ${timeText(there)}`}
        </div>
      ))}
    </div>
  );
}

/** One line a gateway: all that it closed, and the longest of its times. */
function byGateway(removals: readonly Removal[]): readonly Omit<Removal, "heardAt">[] {
  const sums = new Map<string, Omit<Removal, "heardAt">>();
  for (const { gateway, removed, tookMs } of removals) {
    const sum = sums.get(gateway) ?? { gateway, removed: 0, tookMs: 0 };
    const slowest = Math.max(sum.tookMs, tookMs);
    sums.set(gateway, { gateway, removed: sum.removed + removed, tookMs: slowest });
  }
  return [...sums.values()];
}

function timeText(ms: number): string {
  return ms < 1_000 ? `${Math.max(1, Math.round(ms))} ms` : durationText(ms / 1_000);
}
