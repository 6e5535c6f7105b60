import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { placeRemoved, type ResourceShown, type SiteShown } from "#shared/protocol/api/place.ts";
import { resourceEndText, siteEndText } from "#shared/protocol/api/removal-text.ts";
import { ask } from "../live/api.ts";
import { Confirm } from "./confirm.tsx";

/** The button that removes a resource, with what becomes of it. */
export function ResourceRemoval({ resource }: { readonly resource: ResourceShown }): ReactNode {
  const queries = useQueryClient();
  const remove = async () => {
    const order = { params: { key: resource.id }, ifMatch: "*" };
    await ask("DELETE /resources/:key", placeRemoved, order);
    await queries.invalidateQueries({ queryKey: ["resources"] });
  };
  return <Confirm verb="Remove" effect={resourceEndText(resource)} danger run={remove} />;
}

/** The button that removes a site, with what becomes of it. */
export function SiteRemoval({ site }: { readonly site: SiteShown }): ReactNode {
  const queries = useQueryClient();
  const remove = async () => {
    await ask("DELETE /sites/:name", placeRemoved, { params: { name: site.name }, ifMatch: "*" });
    await queries.invalidateQueries({ queryKey: ["gateways"] });
  };
  return <Confirm verb={`Remove ${site.name}`} effect={siteEndText(site)} danger run={remove} />;
}
