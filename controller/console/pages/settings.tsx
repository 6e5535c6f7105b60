import { Button, Group, NumberInput, Switch } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type ChangeRulesShown, changeRulesShown } from "#shared/protocol/api/policy.ts";
import { type SettingsShown, settingsShown } from "#shared/protocol/api/settings.ts";
import { ask, look } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { CopyLine } from "../parts/copy-line.tsx";
import { Fields } from "../parts/fields.tsx";
import { Asked, PageHead, Panel, Refusal } from "../parts/panel.tsx";
import { SigningKeysPanel } from "../parts/signing-keys.tsx";

const settingsKey = ["settings"] as const;
const rulesKey = ["policies", "rules"] as const;

/** What holds for this controller as a whole. */
export function SettingsPage(): ReactNode {
  const settings = useQuery({
    queryKey: settingsKey,
    queryFn: () => look("GET /settings", settingsShown),
  });
  return (
    <>
      <PageHead title="Settings" />
      <Asked query={settings}>
        {({ answer, tag }) => (
          <>
            <div className="two">
              <ControllerPanel settings={answer} />
              <NetworkPanel settings={answer} />
            </div>
            <div className="two">
              <RetentionPanel key={tag} retention={answer.retention} tag={tag} />
              <ApproverPanel />
            </div>
            <SigningKeysPanel />
          </>
        )}
      </Asked>
    </>
  );
}

function ControllerPanel({ settings }: { readonly settings: SettingsShown }): ReactNode {
  const { version, trustDomain, agentsUrl, rootPin } = settings;
  return (
    <Panel title="Controller">
      <Fields
        rows={[
          ["version", version],
          ["trust domain", <span className="mono">{trustDomain}</span>],
          ["agents reach it at", <span className="mono">{agentsUrl}</span>],
        ]}
      />
      <div className="muted" style={{ margin: "8px 0 4px" }}>
        Pin of the root, for machines that device management sets up:
      </div>
      <CopyLine label="the pin of the root" text={rootPin} />
    </Panel>
  );
}

function NetworkPanel({ settings }: { readonly settings: SettingsShown }): ReactNode {
  const { pool4, pool6, mtu, extraProtected } = settings.network;
  return (
    <Panel title="Network">
      <Fields
        rows={[
          ["tunnel addresses", <span className="mono">{`${pool4}, ${pool6}`}</span>],
          ["MTU", mtu],
          [
            "closed outside the tunnel",
            <span className="mono">
              {extraProtected.join(", ") || "the targets of protected resources"}
            </span>,
          ],
        ]}
      />
      <div className="muted" style={{ marginTop: 8 }}>
        Fixed when the controller was set up.
      </div>
    </Panel>
  );
}

interface RetentionProps {
  readonly retention: SettingsShown["retention"];
  readonly tag: string;
}

/** What is older goes once a day; shortening it cannot be taken back, so it asks first. */
function RetentionPanel({ retention, tag }: RetentionProps): ReactNode {
  const queries = useQueryClient();
  const may = useMay("administer");
  const [wanted, setWanted] = useState(retention);
  const shorter = wanted.eventDays < retention.eventDays || wanted.otherDays < retention.otherDays;
  const same = wanted.eventDays === retention.eventDays && wanted.otherDays === retention.otherDays;
  const keep = async () => {
    await ask("PATCH /settings", settingsShown, { body: { retention: wanted }, ifMatch: tag });
    await queries.invalidateQueries({ queryKey: settingsKey });
  };
  return (
    <Panel title="How long things are kept">
      <div className="muted" style={{ marginBottom: 8 }}>
        Reports of devices; decisions, leases, the audit log and all else.
      </div>
      <Group align="flex-end">
        <NumberInput
          label="Reports, days"
          w={150}
          min={1}
          max={400}
          disabled={!may}
          value={wanted.eventDays}
          onChange={(days) => setWanted({ ...wanted, eventDays: Number(days) })}
        />
        <NumberInput
          label="All else, days"
          w={150}
          min={30}
          max={3_650}
          disabled={!may}
          value={wanted.otherDays}
          onChange={(days) => setWanted({ ...wanted, otherDays: Number(days) })}
        />
        <Confirm
          verb="Save"
          disabled={!may || same}
          danger={shorter}
          effect={
            shorter
              ? "What is older than this is deleted within a day, and cannot be brought back."
              : "Nothing is deleted; more is kept from now on."
          }
          run={keep}
        />
      </Group>
    </Panel>
  );
}

function ApproverPanel(): ReactNode {
  const rules = useQuery({
    queryKey: rulesKey,
    queryFn: () => look("GET /policies/rules", changeRulesShown),
  });
  return (
    <Panel title="Changes of policy">
      <Asked query={rules}>{({ answer }) => <ApproverRules rules={answer} />}</Asked>
    </Panel>
  );
}

function wantedText({
  secondApprover,
  approvers,
}: NonNullable<ChangeRulesShown["wanted"]>): string {
  return secondApprover ? `on, approved by ${approvers?.join(", ") ?? "anybody"}` : "off";
}

function ApproverRules({ rules }: { readonly rules: ChangeRulesShown }): ReactNode {
  const { secondApprover: on, approvers, wanted } = rules;
  const queries = useQueryClient();
  const [mayAsk, mayAgree] = [useMay("administer"), useMay("approve")];
  const change = useMutation({
    mutationFn: (step: "set" | "approve" | "deny") =>
      step === "set"
        ? ask("PUT /policies/rules", changeRulesShown, {
            body: { secondApprover: !on },
            ifMatch: "*",
          })
        : ask("POST /policies/rules/:step", changeRulesShown, {
            params: { step },
            body: { hash: wanted?.hash ?? "" },
          }),
    onSuccess: () => queries.invalidateQueries({ queryKey: rulesKey }),
  });
  const [sure, setSure] = useState(false);
  const next = on ? "Another approver has to agree to this." : "A second person agrees first.";
  return (
    <>
      <Switch
        label="A second person agrees to every change"
        checked={on}
        disabled={!mayAsk}
        onChange={() => setSure(true)}
      />
      {approvers === null ? null : <p>Approvers: {approvers.join(", ")}</p>}
      {wanted === null ? null : (
        <Group mt="sm">
          <span>
            {wanted.by} wants it {wantedText(wanted)}.
          </span>
          <Button size="xs" disabled={!mayAgree} onClick={() => change.mutate("approve")}>
            Agree
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={!mayAgree}
            onClick={() => change.mutate("deny")}
          >
            Refuse
          </Button>
        </Group>
      )}
      {sure ? (
        <Group mt="sm">
          <span>{next}</span>
          <Button
            size="xs"
            loading={change.isPending}
            onClick={() => change.mutate("set", { onSettled: () => setSure(false) })}
          >
            Change it
          </Button>
          <Button size="xs" variant="default" onClick={() => setSure(false)}>
            Cancel
          </Button>
        </Group>
      ) : null}
      {change.error === null ? null : <Refusal error={change.error} step />}
    </>
  );
}
