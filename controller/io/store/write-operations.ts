/** The closed list of what the writer thread does, named `table.verb`; arguments are structured-cloned. */
import { makeRequest, stepRequest } from "./operations/access-request.ts";
import { answerRules, proposeRules } from "./operations/change-rules.ts";
import { registerBreakGlassKey, revokeBreakGlassKey } from "./operations/break-glass.ts";
import { createEnrolKey, revokeEnrolKey } from "./operations/enrol-key.ts";
import { enrolIdentity, keepCertificate } from "./operations/enrolment.ts";
import { refuseJoining } from "./operations/refused-joining.ts";
import { writeRows } from "./operations/core-write.ts";
import { applyDevice, applyGateway, stepStatus } from "./operations/identity.ts";
import { activateKeys, addKeys, removeKeys } from "./operations/key.ts";
import { importOsIntel } from "./operations/os-intel.ts";
import { applyResources, applySite } from "./operations/inventory.ts";
import { removeResource, removeSite } from "./operations/removal.ts";
import {
  adoptFolder,
  keepApproval,
  keepChange,
  keepSettlement,
} from "./operations/policy-change.ts";
import { acceptDifference, startShadow, stopShadow } from "./operations/policy-watch.ts";
import { restoreStore } from "./operations/restore.ts";
import { auditPrune, pruneRows } from "./operations/prune.ts";
import { changeSetting, initialise, putSetting, putTrust } from "./operations/setup.ts";
import { keepAnswer } from "./operations/kept-answer.ts";
import {
  endSession,
  makeLink,
  openPersonSession,
  openSession,
  useSession,
} from "./operations/session.ts";
import {
  addPasskey,
  makeSetUpLink,
  removePasskey,
  setUp,
  usePasskey,
} from "./operations/passkey.ts";
import { applySignIn } from "./operations/sign-in.ts";
import {
  putDirectoryGroup,
  putDirectoryUser,
  removeDirectoryGroup,
  removeDirectoryUser,
} from "./operations/directory.ts";
import { stepUser } from "./operations/user.ts";
import { openUserSession } from "./operations/user-session.ts";
import { createToken, revokeToken } from "./operations/token.ts";

/** What the writer's thread can be asked, by name; each is one transaction. */
export const writeOperations = {
  "rows.write": writeRows,
  "identity.enrol": enrolIdentity,
  "enrolment.refuse": refuseJoining,
  "identity.step": stepStatus,
  "certificate.keep": keepCertificate,
  "enrol_key.create": createEnrolKey,
  "enrol_key.revoke": revokeEnrolKey,
  "device.apply": applyDevice,
  "gateway.apply": applyGateway,
  "site.apply": applySite,
  "resource.apply": applyResources,
  "resource.remove": removeResource,
  "site.remove": removeSite,
  "policy_change.begin": keepChange,
  "policy_change.adopt": adoptFolder,
  "policy_change.approve": keepApproval,
  "policy_change.settle": keepSettlement,
  "change_rules.propose": proposeRules,
  "change_rules.answer": answerRules,
  "policy_shadow.start": startShadow,
  "policy_shadow.stop": stopShadow,
  "policy_difference.accept": acceptDifference,
  "setting.initialise": initialise,
  "setting.restore": restoreStore,
  "setting.put": putSetting,
  "os_intel.import": importOsIntel,
  "setting.change": changeSetting,
  "trust.put": putTrust,
  "key.add": addKeys,
  "key.activate": activateKeys,
  "key.remove": removeKeys,
  "access_request.make": makeRequest,
  "access_request.step": stepRequest,
  "break_glass.register": registerBreakGlassKey,
  "break_glass.revoke": revokeBreakGlassKey,
  "answer.keep": keepAnswer,
  "session.link": makeLink,
  "session.open": openSession,
  "session.open_person": openPersonSession,
  "session.use": useSession,
  "session.end": endSession,
  "passkey.link": makeSetUpLink,
  "passkey.set_up": setUp,
  "passkey.add": addPasskey,
  "passkey.use": usePasskey,
  "passkey.remove": removePasskey,
  "directory.put_user": putDirectoryUser,
  "directory.remove_user": removeDirectoryUser,
  "directory.put_group": putDirectoryGroup,
  "directory.remove_group": removeDirectoryGroup,
  "user.step": stepUser,
  "user_session.open": openUserSession,
  "sign_in.apply": applySignIn,
  "token.create": createToken,
  "token.revoke": revokeToken,
  "retention.prune": pruneRows,
  "retention.audit": auditPrune,
};
