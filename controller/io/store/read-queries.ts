/** The closed list of what reader threads answer; they open the file read-only. */
import { listBreakGlassOpenings, readBreakGlassKeys } from "./queries/break-glass.ts";
import { listRequests } from "./queries/access-request.ts";
import { listIdentityAuthorities, lookUpEnrolment } from "./queries/enrolment.ts";
import { listRefusedJoinings } from "./queries/refused-joining.ts";
import { findInventory } from "./queries/inventory.ts";
import {
  findDecisions,
  findDevice,
  findSource,
  findGateway,
  listDecisions,
  listDevices,
  nameDevices,
  listEnrolKeys,
  listGateways,
  listResources,
  listSites,
} from "./queries/list.ts";
import { activePolicy, loadState, storedIntel } from "./queries/load.ts";
import {
  findOpenChange,
  findPolicySet,
  findUndone,
  listAccepted,
  listChanges,
  readShadow,
} from "./queries/policy.ts";
import { nameFormerResources } from "./queries/former-name.ts";
import { findPerson, namesOfPeople } from "./queries/people.ts";
import { listKeys, listSettings, readTrust } from "./queries/setup.ts";
import { findAnswer } from "./operations/kept-answer.ts";
import { revisionOf } from "./operations/revision.ts";
import { listEvents, listGrants } from "./queries/fleet.ts";
import { listAudit } from "./queries/audit.ts";
import { searchDirectoryGroups, searchDirectoryUsers } from "./queries/directory.ts";
import { findUserView, listGroups, listUsers, listUserSessions } from "./queries/user.ts";
import { isSetUpLinkLive, listPasskeys } from "./queries/passkey.ts";
import { listCertificates, listSignedEvents } from "./queries/proof.ts";
import { findLiveSession } from "./queries/session.ts";
import { listLiveTokens, listTokens } from "./queries/token.ts";

/** What the reader's thread can be asked, by name; none of it writes. */
export const readQueries = {
  "state.load": loadState,
  "setting.list": listSettings,
  "key.list": listKeys,
  "trust.read": readTrust,
  "os_intel.held": storedIntel,
  "access_request.list": listRequests,
  "break_glass.keys": readBreakGlassKeys,
  "break_glass.list": listBreakGlassOpenings,
  "record.revision": revisionOf,
  "answer.find": findAnswer,
  "audit.list": listAudit,
  "grant.list": listGrants,
  "event.list": listEvents,
  "event.signed": listSignedEvents,
  "certificate.list": listCertificates,
  "directory.users": searchDirectoryUsers,
  "directory.groups": searchDirectoryGroups,
  "user.list": listUsers,
  "user.find": findUserView,
  "user_session.list": listUserSessions,
  "group.list": listGroups,
  "passkey.list": listPasskeys,
  "set_up_link.live": isSetUpLinkLive,
  "session.live": findLiveSession,
  "token.live": listLiveTokens,
  "token.list": listTokens,
  "enrolment.lookUp": lookUpEnrolment,
  "enrolment.refused": listRefusedJoinings,
  "enrolment.authorities": listIdentityAuthorities,
  "enrol_key.list": listEnrolKeys,
  "device.list": listDevices,
  "device.find": findDevice,
  "device.names": nameDevices,
  "inventory.find": findInventory,
  "gateway.list": listGateways,
  "gateway.find": findGateway,
  "site.list": listSites,
  "resource.list": listResources,
  "resource.former_names": nameFormerResources,
  "people.names": namesOfPeople,
  "person.find": findPerson,
  "policy.active": activePolicy,
  "policy.find": findPolicySet,
  "policy_change.undone": findUndone,
  "policy_change.list": listChanges,
  "policy_change.open": findOpenChange,
  "policy_shadow.read": readShadow,
  "policy_difference.accepted": listAccepted,
  "decision.find": findDecisions,
  "decision.list": listDecisions,
  "decision.source": findSource,
};
