/**
 * The only entry point of the embedded AWS. README.md shows how to use it. Code outside this package imports no other
 * file.
 */

export type { Disk, JournalEntry } from './catalog/disk.ts';
export { baseDisk, systems } from './catalog/packages.ts';
export { pendingUpdates } from './catalog/repositories.ts';
export { answerFrom } from './client.ts';
// Authorization. The embedded AWS evaluates no identity policies; it calls a function of yours.
export type { AccessRequest, Authorize, Denial } from './core/authorization.ts';

// The clock, and the timer that applies changes when they are due.
export { type FlowingTime, installClock, NothingLeftToHappen, type SimulatedClock } from './core/clock.ts';
export { AwsError } from './core/errors.ts';
export { type FaultNames, faultsSchema } from './core/fault-schema.ts';
// Faults: failures, as data.
export type * from './core/faults.ts';
export { answerTo, perform, requestId } from './core/operation.ts';
// Regions of the `aws` partition, and the systems of the public images.
export { regionNames, zonesOf } from './core/regions.ts';
// Records of the world's tables.
export type { Tagged } from './core/resource.ts';
export { assumedRoleArn } from './core/roles.ts';
export type { Answer, Call, Operation, Service, Services } from './core/service.ts';
export {
  decodeWorld,
  encodeWorld,
  type KeptWorld,
  replaceFile,
  type StoredWorld,
  UnreadableWorld,
} from './core/state-file.ts';
export { type Holder, type Lock, takeLock } from './core/state-lock.ts';
export { settle } from './core/transitions.ts';
export { keepAwake } from './core/wake.ts';
export { newId, schedule, type World, type WorldOptions } from './core/world.ts';
export { type DefaultNetwork, defaultEgressRule, defaultNetwork } from './ec2/default-network.ts';
export type {
  ImageRecord,
  InstanceRecord,
  SecurityGroupRecord,
  SnapshotRecord,
  VolumeRecord,
} from './ec2/records.ts';
export { diskOf, type Item, inventory } from './inventory.ts';
// A world in a file, and the lock beside it.
export { beginWorld, restoreWorld } from './kept-world.ts';
// Deployment of functions and state machines.
export { type DeployedFunction, deployFunctions, type Functions, type Invoke } from './lambda/functions.ts';
// A world: all accounts and regions with their resources and their future changes.
export {
  addDefaultNetwork,
  addInstanceProfile,
  addSecurityGroup,
  emptyWorld,
  newWorld,
  subscribeToProduct,
} from './new-world.ts';
export { publishBaseImage } from './public-images/releases.ts';
// Calls in process: by name, or from an SDK client.
export { services } from './services.ts';
// The contents of SSM documents, as Automation reads them.
export { actions as automationActions } from './ssm/automation/actions/index.ts';
export { targetsOf } from './ssm/check-content.ts';
export { parametersOf, stepsOf } from './ssm/documents.ts';
export { namesIn } from './ssm/substitution.ts';
export type { Execution, ExecutionResult } from './step-functions/execution.ts';
export type { ExecutionEvent } from './step-functions/execution-event.ts';
export { resumeExecutions } from './step-functions/index.ts';
export type { ExecutionRecord } from './step-functions/records.ts';
export { deployStateMachine } from './step-functions/state-machines.ts';
export { accountOfAccessKey } from './sts/access-keys.ts';
export { openSession } from './sts/sessions.ts';
export type { WireCall } from './wire/endpoint.ts';
export { holdDuringCalls } from './wire/hold.ts';
// Calls over HTTP.
export { type RunningServer, serve } from './wire/server.ts';
export { typed } from './wire/typed.ts';
