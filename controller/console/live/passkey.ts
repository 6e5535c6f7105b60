/** Asks the browser's authenticator; what goes in and out is the JSON of the API. */
import {
  type CreatedCredential,
  newPasskey,
  passkeyUse,
  type UsedCredential,
} from "#shared/protocol/api/passkey.ts";

/** Makes a passkey by the API's options; rejects where the person does not want to. */
export async function createPasskey(options: object): Promise<CreatedCredential> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as PublicKeyCredentialCreationOptionsJSON,
  );
  return newPasskey.shape.credential.parse(
    jsonOf(await navigator.credentials.create({ publicKey })),
  );
}

/** Uses a passkey by the API's options; rejects where the person does not want to. */
export async function usePasskey(options: object): Promise<UsedCredential> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as PublicKeyCredentialRequestOptionsJSON,
  );
  return passkeyUse.shape.credential.parse(jsonOf(await navigator.credentials.get({ publicKey })));
}

function jsonOf(credential: Credential | null): object {
  if (credential instanceof PublicKeyCredential) return credential.toJSON();
  throw new Error("the browser gave no passkey");
}
