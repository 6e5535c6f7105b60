import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import {
  placeRemoved,
  resourceShown,
  type ResourceShown,
  siteShown,
  type SiteShown,
} from "#shared/protocol/api/place.ts";
import { resourceEndText, siteEndText } from "#shared/protocol/api/removal-text.ts";
import { ask, look } from "../live/api.ts";
import { siteRows, targetsText } from "../text/place.ts";
import { Confirm } from "./confirm.tsx";
import { Fields } from "./fields.tsx";
import { SeenShown, useSeen } from "./seen.tsx";

/** The button that removes a resource, with what becomes of it. */
export function ResourceRemoval({ resource }: { readonly resource: ResourceShown }): ReactNode {
  const queries = useQueryClient();
  const params = { key: resource.id };
  const seen = useSeen(() => look("GET /resources/:key", resourceShown, { params }));
  const remove = async () => {
    const removed = await seen.over((ifMatch) =>
      ask("DELETE /resources/:key", placeRemoved, { params, ifMatch }),
    );
    await queries.invalidateQueries({ queryKey: ["resources"] });
    return removed;
  };
  return (
    <Confirm
      verb="Remove"
      effect={resourceEndText(seen.answer ?? resource)}
      danger
      lacking={seen.answer === null}
      onOpen={seen.open}
      run={remove}
    >
      <SeenShown seen={seen}>
        {(shown) => (
          <Fields
            rows={[
              ["site", shown.site],
              ["targets", targetsText(shown)],
            ]}
          />
        )}
      </SeenShown>
    </Confirm>
  );
}

/** The button that removes a site, with what becomes of it. */
export function SiteRemoval({ site }: { readonly site: SiteShown }): ReactNode {
  const queries = useQueryClient();
  const params = { name: site.name };
  const seen = useSeen(() => look("GET /sites/:name", siteShown, { params }));
  const remove = async () => {
    const removed = await seen.over((ifMatch) =>
      ask("DELETE /sites/:name", placeRemoved, { params, ifMatch }),
    );
    await queries.invalidateQueries({ queryKey: ["gateways"] });
    return removed;
  };
  return (
    <Confirm
      verb={`Remove ${site.name}`}
      effect={siteEndText(site)}
      danger
      lacking={seen.answer === null}
      onOpen={seen.open}
      run={remove}
    >
      <SeenShown seen={seen}>{(shown) => <Fields rows={siteRows(shown)} />}</SeenShown>
    </Confirm>
  );
}
