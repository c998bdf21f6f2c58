/**
 * The only entry point of the embedded AWS. README.md shows how to use it. Code outside this package imports no other
 * file.
 */

// A world is the in-memory state of one embedded AWS: all accounts and regions.

export type { World, WorldOptions } from './core/world.ts';
export {
  addDefaultNetwork,
  addInstanceProfile,
  addSecurityGroup,
  emptyWorld,
  newWorld,
  subscribeToProduct,
} from './new-world.ts';
export { publishBaseImage } from './public-images/releases.ts';

// The services. Clients call them in process or over HTTP.

export { answerFrom } from './client.ts';
export { AwsError } from './core/errors.ts';
export { answerTo, perform, requestId } from './core/operation.ts';
export type { Answer, Call, Operation, Service, Services } from './core/service.ts';
export { services } from './services.ts';
export type { WireCall } from './wire/endpoint.ts';
export { holdDuringCalls } from './wire/hold.ts';
export { type RunningServer, serve } from './wire/server.ts';
export { typed } from './wire/typed.ts';

// Simulated time, and the changes that are due.

export { type FlowingTime, installClock, NothingLeftToHappen, type SimulatedClock } from './core/clock.ts';
// How long operations take. The tables of latencies are in `services`.
export { drawerOf } from './core/latency.ts';
export { settle } from './core/transitions.ts';
export { keepAwake } from './core/wake.ts';
export { schedule } from './core/world.ts';

// Faults make operations fail.

export type { FaultNames } from './core/fault-schema.ts';
export type * from './core/faults.ts';
export type { ImageFault, InstanceFault } from './ec2/faults.ts';
export { faultsSchema } from './fault-kinds.ts';
export type { AgentFault, BootFault } from './guest/faults.ts';
export type { LambdaFault } from './lambda/faults.ts';
export type { AutomationFault, CommandFault } from './ssm/faults.ts';
export type { ExecutionFault } from './step-functions/faults.ts';

// Permissions and sessions. The embedded AWS evaluates no identity policies, but calls your `authorize` function.

export type { AccessRequest, Authorize, Denial } from './core/authorization.ts';
export { assumedRoleArn } from './core/roles.ts';
export { accountOfAccessKey } from './sts/access-keys.ts';
export { openSession } from './sts/sessions.ts';

// A world in a file, and the lock of the file.

export {
  decodeWorld,
  encodeWorld,
  type KeptWorld,
  replaceFile,
  type StoredWorld,
  UnreadableWorld,
} from './core/state-file.ts';
export { type Holder, type Lock, takeLock } from './core/state-lock.ts';
export { beginWorld, restoreWorld } from './kept-world.ts';

// Functions and state machines, which a deployment puts into a world.

export { type DeployedFunction, deployFunctions, type Functions, type Invoke } from './lambda/functions.ts';
export type { Execution, ExecutionResult } from './step-functions/execution.ts';
export type { ExecutionEvent } from './step-functions/execution-event.ts';
export { resumeExecutions } from './step-functions/index.ts';
export type { ExecutionRecord } from './step-functions/records.ts';
export { deployStateMachine } from './step-functions/state-machines.ts';

// A shell on a guest, for tools that log in, such as an SSH server.

export { acceptsLogins, runInShell, type ShellResult } from './guest/index.ts';

// The records of a world, for assertions.

export type { Disk, JournalEntry } from './catalog/disk.ts';
export type { Tagged } from './core/resource.ts';
export { newId } from './core/world.ts';
export { type DefaultNetwork, defaultEgressRule, defaultNetwork } from './ec2/default-network.ts';
export type {
  ImageRecord,
  InstanceRecord,
  SecurityGroupRecord,
  SnapshotRecord,
  VolumeRecord,
} from './ec2/records.ts';
export { diskOf, type Item, inventory } from './inventory.ts';

// Facts: the regions, and the operating systems of the public images.

export { baseDisk, systems } from './catalog/packages.ts';
export { pendingUpdates } from './catalog/repositories.ts';
export { regionNames, zonesOf } from './core/regions.ts';

// The content of SSM documents, as Automation reads it.

export { actions as automationActions } from './ssm/automation/actions/index.ts';
export { targetsOf } from './ssm/check-content.ts';
export { parametersOf, stepsOf } from './ssm/documents.ts';
export { namesIn } from './ssm/substitution.ts';
