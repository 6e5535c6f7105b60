import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useParams } from "wouter";
import { gatewayList, type GatewayShown, gatewayShown } from "#shared/protocol/api/place.ts";
import { ask, look } from "../live/api.ts";
import { Age } from "../parts/age.tsx";
import { ConfigErrors } from "../parts/config-errors.tsx";
import { Fields } from "../parts/fields.tsx";
import { GatewaySettings } from "../parts/gateway-settings.tsx";
import { GatewaySteps } from "../parts/gateway-steps.tsx";
import { Mark } from "../parts/mark.tsx";
import { Asked, PageHead, Panel } from "../parts/panel.tsx";
import { standingSaid } from "../text/words.ts";

/** One gateway: how it stands, how it is reached, and what ends it. */
export function GatewayPage(): ReactNode {
  const { key = "" } = useParams();
  const gateway = useQuery({
    queryKey: ["gateways", "one", key],
    queryFn: () => look("GET /gateways/:key", gatewayShown, { params: { key } }),
  });
  const all = useQuery({
    queryKey: ["gateways"],
    queryFn: () => ask("GET /gateways", gatewayList),
  });
  return (
    <Asked query={gateway}>
      {({ answer, tag }) => (
        <>
          <PageHead title={answer.name}>
            <Mark {...standingSaid(answer.status)} />
            <Mark
              tone={answer.connected ? "met" : "unmet"}
              word={answer.connected ? "connected" : "not connected"}
            />
            <span className="muted">
              heard <Age at={answer.lastSeenAt} />
            </span>
            <GatewaySteps gateway={answer} all={all.data?.items ?? []} />
          </PageHead>
          <AboutPanel gateway={answer} />
          <GatewaySettings key={tag} answer={answer} tag={tag} />
        </>
      )}
    </Asked>
  );
}

function AboutPanel({ gateway }: { readonly gateway: GatewayShown }): ReactNode {
  return (
    <Panel title="About">
      <Fields
        rows={[
          ["id", <span className="mono">{gateway.id}</span>],
          ["site", gateway.site],
          [
            "tunnel addresses",
            <span className="mono">{`${gateway.address4}, ${gateway.address6}`}</span>,
          ],
          ["WireGuard key", <span className="mono">{gateway.wgPublicKey}</span>],
        ]}
      />
      <ConfigErrors errors={gateway.configErrors} />
    </Panel>
  );
}
