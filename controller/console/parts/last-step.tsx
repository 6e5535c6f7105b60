import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import type { StepEffect } from "#shared/protocol/api/step.ts";
import { closingLines, msText } from "#shared/protocol/api/step-text.ts";
import { durationText } from "../text/time.ts";
import { Mark } from "./mark.tsx";

const shownMs = 12_000;

/** A step that somebody took, and what came of it. */
export interface LastStep extends StepEffect {
  readonly verb: string;
  readonly doneAt: number;
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
  const [over, setOver] = useState(0);
  const doneAt = step.data?.doneAt ?? 0;
  useEffect(() => {
    const timer = window.setTimeout(() => setOver(doneAt), shownMs);
    return () => window.clearTimeout(timer);
  }, [doneAt]);
  if (step.data === null || over === doneAt) return <div role="status" />;
  const { verb, tookMs } = step.data;
  return (
    <div role="status" className="last-step">
      <Mark tone="info" word={`${verb}: done in ${timeText(tookMs)}`} />
      {closingLines(step.data).map((line) => (
        <div key={line}>{line}</div>
      ))}
    </div>
  );
}

function timeText(ms: number): string {
  return ms < 1_000 ? msText(ms) : durationText(ms / 1_000);
}
