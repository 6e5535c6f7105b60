import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { Route, Switch } from "wouter";
import type { SessionShown } from "#shared/protocol/api/session.ts";
import { takeFromAddress } from "./live/address.ts";
import { ApiRefusal, ask } from "./live/api.ts";
import { SessionContext } from "./live/session.tsx";
import { type LiveState, openStream } from "./live/stream.ts";
import { AdminsPage } from "./pages/admins.tsx";
import { ApprovalsPage } from "./pages/approvals.tsx";
import { AuditPage } from "./pages/audit.tsx";
import { DecisionPage } from "./pages/decision.tsx";
import { DecisionsPage } from "./pages/decisions.tsx";
import { DevicePage } from "./pages/device.tsx";
import { DevicesPage } from "./pages/devices.tsx";
import { EnrolmentPage } from "./pages/enrolment.tsx";
import { ExplorerPage } from "./pages/explorer.tsx";
import { GatewaysPage } from "./pages/gateways.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { PoliciesPage } from "./pages/policies.tsx";
import { ResourcesPage } from "./pages/resources.tsx";
import { SettingsPage } from "./pages/settings.tsx";
import { UsersPage } from "./pages/users.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { DeviceSignedIn, DeviceSignIn } from "./parts/device-sign-in.tsx";
import { NowProvider } from "./parts/age.tsx";
import { Nothing, Refusal } from "./parts/panel.tsx";
import { Shell } from "./shell.tsx";

/** Of a sign-in on a device; what the page is for then, whoever is signed in here. */
const ticket = takeFromAddress(/^#device-sign-in=([\w-]{43})$/);
const signedIn = takeFromAddress(/^#device-signed-in=(yes)$/);

/** The whole console: who is there first, then the page of the address. */
export function Console(): ReactNode {
  const session = useQuery({
    queryKey: ["session"],
    queryFn: () => ask<SessionShown>("GET", "/session"),
    staleTime: 60_000,
  });
  if (ticket !== null) return <DeviceSignIn ticket={ticket} />;
  if (signedIn !== null) return <DeviceSignedIn />;
  if (session.error instanceof ApiRefusal) return <SignIn />;
  if (session.error !== null) return <Refusal error={session.error} />;
  if (session.data === undefined) return null;
  return (
    <SessionContext value={session.data}>
      <NowProvider>
        <SignedIn />
      </NowProvider>
    </SessionContext>
  );
}

function SignedIn(): ReactNode {
  const queries = useQueryClient();
  const [live, setLive] = useState<LiveState>({ kind: "connecting", heardAt: Date.now() });
  useEffect(() => openStream(queries, setLive), [queries]);
  return (
    <Shell live={live}>
      <Switch>
        <Route path="/" component={OverviewPage} />
        <Route path="/devices" component={DevicesPage} />
        <Route path="/devices/:key" component={DevicePage} />
        <Route path="/gateways" component={GatewaysPage} />
        <Route path="/resources" component={ResourcesPage} />
        <Route path="/policies" component={PoliciesPage} />
        <Route path="/decisions" component={DecisionsPage} />
        <Route path="/decisions/:key" component={DecisionPage} />
        <Route path="/enrolment" component={EnrolmentPage} />
        <Route path="/explorer" component={ExplorerPage} />
        <Route path="/users" component={UsersPage} />
        <Route path="/admins" component={AdminsPage} />
        <Route path="/approvals" component={ApprovalsPage} />
        <Route path="/settings" component={SettingsPage} />
        <Route path="/audit" component={AuditPage} />
        <Route>
          <Nothing>There is no such page.</Nothing>
        </Route>
      </Switch>
    </Shell>
  );
}
