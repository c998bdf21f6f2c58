import * as z from 'zod/mini';

/**
 * The execution document: what the states of one build hand on. Each state adds one noun. The functions check what they are
 * given against these schemas, so that a broken document is an error with a name and not an `undefined` far away.
 */
const pending = z.object({
  status: z.literal('pending'),
  since: z.string(),
  waitSeconds: z.number(),
  awaiting: z.string(),
});

const fields = z.record(z.string(), z.unknown());

/** What an execution is started with; docs/operations.md describes it. Without `trigger` it was started by hand. */
export const buildRequestSchema = z.object({
  /** The name of a recipe of the deployment, or a whole recipe. */
  recipe: z.union([z.string(), fields]),
  /** What is different this time: a JSON Merge Patch of the recipe. */
  overrides: z.optional(fields),
  /** Build although it is frozen. */
  force: z.optional(z.boolean()),
  /** Skip, as a trigger would, if nothing has changed. */
  ifChanged: z.optional(z.boolean()),
  trigger: z.optional(
    z.object({
      type: z.enum(['schedule', 'image', 'parameter', 'base', 'custom']),
      /** The same for the same trigger however often it is delivered. */
      id: z.string().check(z.minLength(1), z.maxLength(200)),
      /** What happened, for people. */
      reason: z.optional(z.string()),
      /** Until when more triggers are awaited that mean the same build (ISO 8601). */
      settleUntil: z.optional(z.iso.datetime()),
    }),
  ),
});

/** Whether there is to be a build, by which rule, and why in words. `scan`: that depends on what the last image lacks. */
export const decisionSchema = z.object({
  status: z.literal('ready'),
  verdict: z.enum(['build', 'scan', 'skip']),
  rule: z.enum([
    'same-trigger',
    'failing',
    'frozen',
    'already-running',
    'no-base',
    'unchanged',
    'changed',
    'asked',
  ]),
  reason: z.string(),
  /** The digest of the recipe, as far as it makes the image. */
  digest: z.optional(z.string()),
  /** The image to scan. */
  imageId: z.optional(z.string()),
});

export const pendingDecisionSchema = pending;

/** What a scan-only patch run found on the last image. */
export const scanSchema = z.object({
  status: z.literal('ready'),
  imageId: z.string(),
  /** The image is not available any more, and nothing was scanned. */
  gone: z.optional(z.literal(true)),
  /** Updates that the patch baseline approves and the image lacks. */
  missing: z.number(),
  /** Those whose installation has failed. */
  failed: z.number(),
});

/** How the build ended, as the table has it. */
export const recordSchema = z.object({
  status: z.literal('ready'),
  outcome: z.enum(['released', 'failed', 'skipped']),
  /** Builds of this recipe that failed in a row, with this one. */
  failuresInRow: z.number(),
});

const share = z.object({
  accounts: z.array(z.string()),
  organizations: z.array(z.string()),
  organizationalUnits: z.array(z.string()),
  public: z.boolean(),
});

const volume = z.object({
  device: z.string(),
  sizeGiB: z.number(),
  type: z.string(),
  iops: z.optional(z.number()),
  throughput: z.optional(z.number()),
});

const imageBase = z.object({
  imageId: z.string(),
  name: z.string(),
  owner: z.string(),
  architecture: z.string(),
  /** Product codes of AWS Marketplace. */
  products: z.array(z.string()),
});

const snapshotBase = z.object({
  snapshotId: z.string(),
  architecture: z.enum(['x86_64', 'arm64']),
  bootMode: z.enum(['uefi', 'legacy-bios', 'uefi-preferred']),
  ena: z.boolean(),
  rootDevice: z.string(),
});

const instanceBase = z.object({
  instanceId: z.string(),
  name: z.string(),
  architecture: z.string(),
  reboot: z.boolean(),
});

/** What is to be done, decided before anything is launched: as much as every plan says. The base is told apart by its key. */
export const anyPlanSchema = z.object({
  recipe: z.string(),
  description: z.string(),
  version: z.string(),
  platform: z.enum(['linux', 'windows']),
  /** The region of the deployment, where the build happens. */
  region: z.string(),
  base: z.union([imageBase, snapshotBase, instanceBase]),
  regions: z.array(z.string()),
  share,
  tags: z.record(z.string(), z.string()),
  /** What is worth knowing of the plan, though it is carried out; absent: nothing. */
  warnings: z.optional(z.array(z.string())),
});

/** The plan of a build with a builder; an instance that is imaged as it is needs none. */
export const planSchema = z.extend(anyPlanSchema, {
  base: z.union([imageBase, snapshotBase]),
  instanceTypes: z.array(z.string()),
  subnets: z.array(z.string()),
  volumes: z.array(volume),
  ssmAgent: z.enum(['preinstalled', 'install']),
  /** Names of SSM documents: what runs on the builder, and the recipe's steps in it (empty: none). */
  buildDocument: z.string(),
  buildDocumentVersion: z.string(),
  stepsDocument: z.string(),
  /** The recipe's steps by the names that they bear in the steps document. */
  steps: z.record(z.string(), z.string()),
  patch: z.object({
    install: z.boolean(),
    reboot: z.enum(['if-needed', 'never']),
    patchGroup: z.optional(z.string()),
  }),
});

/** The plan of a build that begins with a snapshot. */
export const snapshotPlanSchema = z.extend(anyPlanSchema, { base: snapshotBase });

/** The image of the base snapshot, from which the builder is launched. */
export const registeredBaseSchema = z.object({
  status: z.literal('ready'),
  imageId: z.string(),
  name: z.string(),
  products: z.array(z.string()),
});
export const pendingRegisteredBaseSchema = z.extend(pending, {
  /** Absent while its id is not known. */
  imageId: z.optional(z.string()),
  seenAt: z.optional(z.string()),
  /** Since when the name has been taken by an image that cannot be seen (ISO 8601). */
  takenSince: z.optional(z.string()),
});

const launchAttempt = z.object({
  instanceType: z.string(),
  subnetId: z.string(),
  code: z.string(),
  said: z.string(),
});

/** An instance of a build that runs. */
const launchedSchema = z.object({
  status: z.literal('ready'),
  instanceId: z.string(),
  instanceType: z.string(),
  subnetId: z.string(),
  /** Where EC2 had no capacity, or failed to run the instance. */
  refused: z.array(launchAttempt),
});
const pendingLaunchSchema = z.extend(pending, {
  /** Absent while none was launched. */
  instanceId: z.optional(z.string()),
  instanceType: z.string(),
  subnetId: z.string(),
  refused: z.array(launchAttempt),
});

export const builderSchema = launchedSchema;
export const pendingBuilderSchema = pendingLaunchSchema;

export const pendingScanSchema = z.extend(pending, {
  /** What is awaited: that the scanner runs, that its agent is online, that the scan ends, its result, that the scanner is done with. */
  phase: z.enum(['launch', 'agent', 'command', 'result', 'end']),
  scanner: z.union([pendingLaunchSchema, launchedSchema]),
  /** Absent while none was sent. */
  commandId: z.optional(z.string()),
  /** Absent while it is not known. */
  found: z.optional(z.pick(scanSchema, { missing: true, failed: true })),
});

export const patchesSchema = z.object({ status: z.literal('ready'), automationExecutionId: z.string() });
export const pendingPatchesSchema = z.extend(pending, { automationExecutionId: z.string() });

export const shutdownSchema = z.object({ status: z.literal('ready'), by: z.enum(['guest', 'pipeline']) });
export const pendingShutdownSchema = pending;

export const candidateSchema = z.object({
  status: z.literal('ready'),
  imageId: z.string(),
  name: z.string(),
  snapshotIds: z.array(z.string()),
});
/** The attempt under way and what became of those before; the domain's `ImageAttempt`. */
const imageAttempt = z.object({
  attempt: z.number(),
  imageId: z.optional(z.string()),
  seenAt: z.optional(z.string()),
  failures: z.array(z.string()),
});
export const pendingCandidateSchema = z.extend(z.extend(pending, imageAttempt.shape), {
  /** Since when the name has been taken by an image that cannot be seen (ISO 8601). */
  takenSince: z.optional(z.string()),
});

/** The copy to one region. `waiting`: it is not begun, since EC2 has no room for it yet, or the one before it failed. */
export const copySchema = z.extend(imageAttempt, {
  region: z.string(),
  state: z.enum(['waiting', 'pending', 'available']),
  name: z.string(),
  snapshotIds: z.array(z.string()),
  /** What EC2 last showed of it. */
  said: z.string(),
});
export const copiesSchema = z.object({ status: z.literal('ready'), regions: z.array(copySchema) });
export const pendingCopiesSchema = z.extend(pending, { regions: z.array(copySchema) });

export const releasedImageSchema = z.object({
  region: z.string(),
  imageId: z.string(),
  name: z.string(),
  snapshotIds: z.array(z.string()),
});
export const releaseSchema = z.object({
  status: z.literal('ready'),
  images: z.array(releasedImageSchema),
  /** The same for every image, and said once: a state holds 256 KiB, and the list may have a thousand entries. */
  sharedWith: share,
});
export const pendingReleaseSchema = pending;

const leftoverSchema = z.object({
  region: z.string(),
  /** `region`: one that could not be looked into, so that nobody knows what is in it. */
  kind: z.enum(['instance', 'volume', 'image', 'snapshot', 'region']),
  id: z.string(),
});
export const cleanupSchema = z.object({
  status: z.literal('ready'),
  removed: z.array(leftoverSchema),
  remaining: z.array(z.extend(leftoverSchema, { reason: z.string() })),
});
export const pendingCleanupSchema = z.extend(pending, {
  /** All that was found so far and had to go. */
  seen: z.array(leftoverSchema),
  /** When something of the execution was last seen or removed (ISO 8601). */
  lastSeen: z.string(),
});

export type BuildRequest = z.infer<typeof buildRequestSchema>;
export type Trigger = NonNullable<BuildRequest['trigger']>;
export type Decision = z.infer<typeof decisionSchema>;
export type PendingDecision = z.infer<typeof pendingDecisionSchema>;
export type Scan = z.infer<typeof scanSchema>;
export type PendingScan = z.infer<typeof pendingScanSchema>;
export type BuildRecord = z.infer<typeof recordSchema>;
export type AnyPlan = z.infer<typeof anyPlanSchema>;
export type Plan = z.infer<typeof planSchema>;
export type InstancePlan = AnyPlan & { base: z.infer<typeof instanceBase> };
export type SnapshotPlan = z.infer<typeof snapshotPlanSchema>;
export type RegisteredBase = z.infer<typeof registeredBaseSchema>;
export type PendingRegisteredBase = z.infer<typeof pendingRegisteredBaseSchema>;
export type LaunchAttempt = z.infer<typeof launchAttempt>;
export type Launched = z.infer<typeof launchedSchema>;
export type PendingLaunch = z.infer<typeof pendingLaunchSchema>;
export type Builder = Launched;
export type PendingBuilder = PendingLaunch;
export type Patches = z.infer<typeof patchesSchema>;
export type PendingPatches = z.infer<typeof pendingPatchesSchema>;
export type Shutdown = z.infer<typeof shutdownSchema>;
export type PendingShutdown = z.infer<typeof pendingShutdownSchema>;
export type Candidate = z.infer<typeof candidateSchema>;
export type PendingCandidate = z.infer<typeof pendingCandidateSchema>;
export type Copy = z.infer<typeof copySchema>;
export type Copies = z.infer<typeof copiesSchema>;
export type PendingCopies = z.infer<typeof pendingCopiesSchema>;
export type Share = z.infer<typeof share>;
export type ReleasedImage = z.infer<typeof releasedImageSchema>;
export type Release = z.infer<typeof releaseSchema>;
export type PendingRelease = z.infer<typeof pendingReleaseSchema>;
export type Leftover = z.infer<typeof leftoverSchema>;
export type Cleanup = z.infer<typeof cleanupSchema>;
export type PendingCleanup = z.infer<typeof pendingCleanupSchema>;

/** The same with whatever document: what people wrote may be anything. */
export const anyEvent = z.object({
  execution: z.string().check(z.minLength(1)),
  startTime: z.iso.datetime(),
  document: fields,
});

/** What every function is given: who asks, since when, and the document so far. */
export const eventOf = <T extends z.core.$ZodShape>(document: T) =>
  z.object({
    /** The name of the execution. */
    execution: z.string().check(z.minLength(1)),
    startTime: z.iso.datetime(),
    document: z.object(document),
  });
