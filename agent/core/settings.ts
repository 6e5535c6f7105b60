/** What the owner of the machine decided (agent.yaml, environment): it can only narrow. */
export interface Settings {
  readonly allowUserDisconnect: boolean;
  readonly disconnectRequiresReason: boolean;
  readonly managedBy: string | null;
  readonly supportUrl: string | null;
}
