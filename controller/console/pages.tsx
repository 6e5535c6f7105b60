/** The pages of the console, each loaded when it is first looked at. */
import { Button } from "@mantine/core";
import { type ComponentType, lazy, type ReactNode } from "react";
import { PageHead, Panel } from "./parts/panel.tsx";

const loads = {
  admins: async () => (await import("./pages/admins.tsx")).AdminsPage,
  approvals: async () => (await import("./pages/approvals.tsx")).ApprovalsPage,
  audit: async () => (await import("./pages/audit.tsx")).AuditPage,
  decision: async () => (await import("./pages/decision.tsx")).DecisionPage,
  decisions: async () => (await import("./pages/decisions.tsx")).DecisionsPage,
  device: async () => (await import("./pages/device.tsx")).DevicePage,
  devices: async () => (await import("./pages/devices.tsx")).DevicesPage,
  enrolment: async () => (await import("./pages/enrolment.tsx")).EnrolmentPage,
  explorer: async () => (await import("./pages/explorer.tsx")).ExplorerPage,
  gateway: async () => (await import("./pages/gateway.tsx")).GatewayPage,
  gateways: async () => (await import("./pages/gateways.tsx")).GatewaysPage,
  policies: async () => (await import("./pages/policies.tsx")).PoliciesPage,
  resources: async () => (await import("./pages/resources.tsx")).ResourcesPage,
  settings: async () => (await import("./pages/settings.tsx")).SettingsPage,
  users: async () => (await import("./pages/users.tsx")).UsersPage,
} satisfies Readonly<Record<string, () => Promise<ComponentType>>>;

function page<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return lazy<ComponentType<Props>>(() =>
    load().then(
      (component) => ({ default: component }),
      // The controller has other files than when this page was opened.
      () => ({ default: OldPage }),
    ),
  );
}

/** Every page but the first. */
export const pages = {
  admins: page(loads.admins),
  approvals: page(loads.approvals),
  audit: page(loads.audit),
  decision: page(loads.decision),
  decisions: page(loads.decisions),
  device: page(loads.device),
  devices: page(loads.devices),
  enrolment: page(loads.enrolment),
  explorer: page(loads.explorer),
  gateway: page(loads.gateway),
  gateways: page(loads.gateways),
  policies: page(loads.policies),
  resources: page(loads.resources),
  settings: page(loads.settings),
  users: page(loads.users),
};

/** Where nobody is signed in. */
export const SignIn = page(async () => (await import("./pages/sign-in.tsx")).SignIn);
/** Where a device asked for a sign-in. */
export const DeviceSignIn = page(
  async () => (await import("./parts/device-sign-in.tsx")).DeviceSignIn,
);
/** Where such a sign-in ends. */
export const DeviceSignedIn = page(
  async () => (await import("./parts/device-sign-in.tsx")).DeviceSignedIn,
);

/** Loads every page, so that none has to be waited for. */
export function loadPages(): void {
  for (const load of Object.values(loads)) void load().catch(() => undefined);
}

function OldPage(): ReactNode {
  return (
    <>
      <PageHead title="The console was replaced" />
      <Panel title="Load it anew">
        <p style={{ marginTop: 0 }}>
          The controller has another version than this page. What you typed here is lost.
        </p>
        <Button size="xs" onClick={() => location.reload()}>
          Load anew
        </Button>
      </Panel>
    </>
  );
}
