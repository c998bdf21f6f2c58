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

/** What is to be done, decided before anything is launched. */
export const planSchema = z.object({
  recipe: z.string(),
  description: z.string(),
  version: z.string(),
  platform: z.enum(['linux', 'windows']),
  /** The region of the deployment, where the build happens. */
  region: z.string(),
  base: z.object({
    imageId: z.string(),
    name: z.string(),
    owner: z.string(),
    architecture: z.string(),
  }),
  instanceTypes: z.array(z.string()),
  subnets: z.array(z.string()),
  volumes: z.array(volume),
  ssmAgent: z.enum(['preinstalled', 'install']),
  /** Names of SSM documents: what runs on the builder, and the recipe's steps in it (empty: none). */
  buildDocument: z.string(),
  stepsDocument: z.string(),
  /** The recipe's steps by the names that they bear in the steps document. */
  steps: z.record(z.string(), z.string()),
  patch: z.object({
    install: z.boolean(),
    reboot: z.enum(['if-needed', 'never']),
    patchGroup: z.optional(z.string()),
  }),
  regions: z.array(z.string()),
  share,
  tags: z.record(z.string(), z.string()),
});

const launchAttempt = z.object({
  instanceType: z.string(),
  subnetId: z.string(),
  code: z.string(),
  said: z.string(),
});

export const builderSchema = z.object({
  status: z.literal('ready'),
  instanceId: z.string(),
  instanceType: z.string(),
  subnetId: z.string(),
  /** Where there was no capacity before. */
  refused: z.array(launchAttempt),
});

export const pendingBuilderSchema = z.extend(pending, {
  /** Absent while none was launched. */
  instanceId: z.optional(z.string()),
  instanceType: z.string(),
  subnetId: z.string(),
  refused: z.array(launchAttempt),
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

export type Plan = z.infer<typeof planSchema>;
export type LaunchAttempt = z.infer<typeof launchAttempt>;
export type Builder = z.infer<typeof builderSchema>;
export type PendingBuilder = z.infer<typeof pendingBuilderSchema>;
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

/** What every function is given: who asks, since when, and the document so far. */
export const eventOf = <T extends z.core.$ZodShape>(document: T) =>
  z.object({
    /** The name of the execution. */
    execution: z.string().check(z.minLength(1)),
    startTime: z.iso.datetime(),
    document: z.object(document),
  });
