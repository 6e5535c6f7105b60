import { type ReactNode, useState } from "react";
import { Switch } from "@mantine/core";
import { Link } from "wouter";
import { reasonText } from "#shared/policy/reason-text.ts";
import { stepsOf } from "#shared/posture/fix-steps.ts";
import type { DeviceDetail } from "#shared/protocol/api/device.ts";
import { isStale, needText, staleText } from "#shared/protocol/api/standing-text.ts";
import { effectSaid, readingText, verdictSaid } from "../text/words.ts";
import { Age, useNow } from "./age.tsx";
import { Mark } from "./mark.tsx";
import { Nothing, Panel } from "./panel.tsx";
import { WithCode } from "./with-code.tsx";

type Fact = DeviceDetail["facts"][number];
type Fix = DeviceDetail["access"][number]["fixes"][number];
type Level = DeviceDetail["levels"][number];
type Need = Level["needs"][number];

interface DeviceProps {
  readonly device: DeviceDetail;
}

/** What a person does, in the words for this very device; several steps stand in lines of their own. */
function FixPart({ fix }: { readonly fix: Fix }): ReactNode {
  const { text, command, who } = fix;
  const steps = stepsOf(text);
  return (
    <div className="muted">
      {who === "it" ? "IT can mend it: " : "To mend it: "}
      {steps.length === 1 ? (
        <WithCode text={text} />
      ) : (
        <ol>
          {steps.map((step) => (
            <li key={step}>
              <WithCode text={step} />
            </li>
          ))}
        </ol>
      )}{" "}
      {command === undefined ? null : <code className="mono">{command}</code>}
    </div>
  );
}

/** What the device may reach, why not, and what to do. */
export function AccessPanel({ device }: DeviceProps): ReactNode {
  const meant = device.access.filter(
    ({ effect, reasons }) => effect !== "deny" || reasons.some(({ code }) => code !== "no_rule"),
  );
  const rest = device.access.length - meant.length;
  return (
    <Panel title="Access now" flush>
      {device.access.length === 0 ? <Nothing>No resource is decided about yet.</Nothing> : null}
      <table className="plain reasons">
        <tbody>
          {meant.map((one) => (
            <tr key={one.id}>
              <td>
                <strong>{one.resourceName ?? one.resource}</strong>
              </td>
              <td>
                <Mark {...effectSaid(one.effect)} />
              </td>
              <td>
                {one.effect === "allow"
                  ? `by ${one.determinedBy.join(", ")}`
                  : one.reasons.map(reasonText).join("; ")}
                {one.fixes.map((fix) => (
                  <FixPart key={fix.signal} fix={fix} />
                ))}
              </td>
              <td>
                <Link href={`/decisions/${one.id}`} className="mono">
                  {one.reference}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rest > 0 ? (
        <Nothing>{rest} more resources, which no rule gives to this device.</Nothing>
      ) : null}
    </Panel>
  );
}

/** How each level stands, with what it looks at. */
export function LevelsPanel({ device }: DeviceProps): ReactNode {
  return (
    <Panel title="Levels" flush>
      {device.levels.length === 0 ? <Nothing>The set in force defines no levels.</Nothing> : null}
      <table className="plain">
        <tbody>
          {device.levels.map((level) => (
            <tr key={level.id}>
              <td>
                <strong>{level.id}</strong>
                <div className="mono">
                  {level.needs.map((need) => `${needSign(need)} ${need.signal}`).join("  ")}
                </div>
              </td>
              <td>
                <LevelMark level={level} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function LevelMark({ level }: { readonly level: Level }): ReactNode {
  return isStale(level) ? <StaleMark /> : <Mark {...verdictSaid(level.verdict)} />;
}

function StaleMark(): ReactNode {
  return <Mark tone="unknown" word={staleText} />;
}

function needSign({ met, stale }: Need): string {
  if (stale) return "?";
  return met ? "✓" : "✗";
}

/** Every fact with value, source and age; what is not fresh any more says so. */
export function FactsPanel({ device }: DeviceProps): ReactNode {
  const [failing, setFailing] = useState(false);
  const needed = new Map(
    device.levels.flatMap(({ needs }) => needs.map((need) => [need.signal, need] as const)),
  );
  const nowAt = useNow();
  const facts = [...device.facts]
    .sort((one, other) => (one.signal < other.signal ? -1 : 1))
    .filter(({ signal }) => !failing || needed.get(signal)?.met === false);
  return (
    <Panel
      title={`Facts (${device.facts.length})`}
      aside={
        <Switch
          size="xs"
          label="only failing a level"
          checked={failing}
          onChange={(event) => setFailing(event.currentTarget.checked)}
        />
      }
      flush
    >
      {device.facts.length === 0 ? <Nothing>The device has not reported yet.</Nothing> : null}
      <table className="plain">
        <thead>
          <tr>
            <th>Fact</th>
            <th>Value</th>
            <th>Levels</th>
            <th>Source</th>
            <th>Observed</th>
            <th>Counts until</th>
          </tr>
        </thead>
        <tbody>
          {facts.map((fact) => (
            <tr key={fact.signal}>
              <td className="mono signal">{fact.signal}</td>
              <td>
                {isOver(fact, nowAt) ? (
                  <>
                    <StaleMark /> <span className="muted">was {readingText(fact.reading)}</span>
                  </>
                ) : (
                  readingText(fact.reading)
                )}
              </td>
              <td>{needMark(needed.get(fact.signal))}</td>
              <td>{fact.source}</td>
              <td>
                <Age at={fact.observedAt} />
              </td>
              <td>
                <Age at={fact.freshUntilAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** By the controller's clock, or by the page's where nothing newer came. */
function isOver({ stale, freshUntilAt }: Fact, nowAt: number): boolean {
  return stale || (freshUntilAt !== null && Date.parse(freshUntilAt) < nowAt);
}

function needMark(need: Need | undefined): ReactNode {
  if (need === undefined) return null;
  const tone = need.stale ? "unknown" : need.met ? "met" : "unmet";
  return <Mark tone={tone} word={needText(need)} />;
}
