/** For which device a person is to sign in, and how. */
export interface SignInTicket {
  readonly device: string;
  /** As people call the device. */
  readonly name: string;
  readonly strength?: "single" | "mfa" | "phishing_resistant" | undefined;
  readonly maxAgeSeconds?: number | undefined;
}
