import { configurationProfile } from "../../packaging/build/configuration-profile.ts";
import {
  languages,
  policyDefinitions,
  policyResources,
} from "../../packaging/build/group-policy.ts";
import { linuxSettings } from "../../packaging/build/linux-settings.ts";
import { apiDescription } from "./api-description.ts";
import { errorDocument } from "./error-document.ts";
import { settingDocument } from "./setting-document.ts";
import { signalDocument } from "./signal-document.ts";

/** The documents that are made from tables in the code: path and content. */
export const documents: Readonly<Record<string, string>> = {
  "docs/errors.md": errorDocument(),
  "docs/settings.md": settingDocument(),
  "docs/openapi.json": await apiDescription(),
  "docs/signals.md": signalDocument(),
  "packaging/managed/10-organisation.json": linuxSettings(),
  "packaging/managed/en-US/sallyport.adml": policyResources(languages["en-US"]),
  "packaging/managed/de-DE/sallyport.adml": policyResources(languages["de-DE"]),
  "packaging/managed/sallyport.admx": policyDefinitions(),
  "packaging/managed/sallyport.mobileconfig": configurationProfile(),
};
