import * as z from 'zod/mini';
import { channelMoveSchema, channelSchema, publishedReleaseSchema } from './channels.ts';
import { followersSchema } from './followers.ts';
import { madePutSchema } from './publication.ts';
import { spentSchema } from './spent.ts';
import { templateSchema } from './template-versions.ts';

/**
 * The execution document: the data that the states of one build pass on. Each state adds one field. The functions check the document
 * against these schemas, so that an invalid document causes a named error and not an `undefined` somewhere else.
 */
const pending = z.object({
  status: z.literal('pending'),
  since: z.string(),
  waitSeconds: z.number(),
  awaiting: z.string(),
  /** When the wait will be over (ISO 8601), if this is known. */
  readyAt: z.optional(z.string()),
  spent: z.optional(spentSchema),
});

const fields = z.record(z.string(), z.unknown());

/** The input of an execution; docs/operations.md describes it. Without `trigger`, a person started the execution. */
export const buildRequestSchema = z.object({
  /** The name of a deployed recipe, or a complete recipe. */
  recipe: z.union([z.string(), fields]),
  /** Changes to the recipe for this build only: a JSON Merge Patch. */
  overrides: z.optional(fields),
  /** Build although the recipe is frozen. */
  force: z.optional(z.boolean()),
  /** Skip the build if nothing has changed, as for a trigger. */
  ifChanged: z.optional(z.boolean()),
  trigger: z.optional(
    z.object({
      type: z.enum(['schedule', 'image', 'parameter', 'base', 'custom']),
      /** The id of the trigger; each repeated delivery has the same id. */
      id: z.string().check(z.minLength(1), z.maxLength(200)),
      /** What happened, for people. */
      reason: z.optional(z.string()),
      /** Until when the execution waits for more triggers of the same build (ISO 8601). */
      settleUntil: z.optional(z.iso.datetime()),
    }),
  ),
});

/** Whether to build, by which rule, and the reason in words. `scan`: this depends on whether the last image is missing updates. */
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
  /** The digest of the recipe, without the fields that do not change the image. */
  digest: z.optional(z.string()),
  /** The image to scan. */
  imageId: z.optional(z.string()),
  /** How long the stages of the last builds of this recipe took, by stage; absent: not known. */
  earlierSeconds: z.optional(z.record(z.string(), z.array(z.number()))),
  /** Whether earlier releases may have fast snapshot restore or EC2 Fast Launch; absent: no. */
  accelerated: z.optional(z.literal(true)),
});

/** The part of the decision that the waiting stages read. */
export const waitHistorySchema = z.optional(z.pick(decisionSchema, { earlierSeconds: true }));

export const pendingDecisionSchema = pending;

/** The result of a scan of the last image. */
export const scanSchema = z.object({
  status: z.literal('ready'),
  imageId: z.string(),
  /** The image is no longer available, and nothing was scanned. */
  gone: z.optional(z.literal(true)),
  /** The number of updates that the patch baseline approves and that the image is missing. */
  missing: z.number(),
  /** The number of updates whose installation failed. */
  failed: z.number(),
});

/** The outcome of the build, as it is recorded in the table. */
export const recordSchema = z.object({
  status: z.literal('ready'),
  outcome: z.enum(['released', 'failed', 'skipped']),
  /** The number of failed builds of this recipe in a row, including this build. */
  failuresInRow: z.number(),
});

const share = z.object({
  accounts: z.array(z.string()),
  organizations: z.array(z.string()),
  organizationalUnits: z.array(z.string()),
  public: z.boolean(),
  /** Whether the accounts can also copy the image; absent: no. */
  copyable: z.optional(z.boolean()),
});

const imageAttributes = z.object({
  /** `v2`: the image must require IMDSv2. */
  imds: z.enum(['v2', 'optional']),
  /** Absent: the boot mode of the base. */
  bootMode: z.optional(z.enum(['uefi'])),
  /** Absent: as the base. */
  tpm: z.optional(z.enum(['v2'])),
  /** When EC2 marks the image as deprecated (ISO 8601); absent: the pipeline sets no time. */
  deprecateAt: z.optional(z.string()),
  /** Absent: none. */
  deregistrationProtection: z.optional(z.enum(['on', 'with-cooldown'])),
});

const volume = z.object({
  device: z.string(),
  sizeGiB: z.number(),
  type: z.string(),
  iops: z.optional(z.number()),
  throughput: z.optional(z.number()),
  inImage: z.optional(z.boolean()),
});

const imageBase = z.object({
  imageId: z.string(),
  name: z.string(),
  owner: z.string(),
  architecture: z.string(),
  /** Product codes of AWS Marketplace. */
  products: z.array(z.string()),
  /** The devices that the image maps to instance stores, which the builder does not get; absent: none. */
  instanceStores: z.optional(z.array(z.string())),
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

/** Which vulnerabilities the candidate may not have (`gates.cve` of the recipe). */
const cveGate = z.object({
  failFrom: z.enum(['critical', 'high', 'medium', 'low']),
  onlyFixable: z.boolean(),
  accept: z.array(z.object({ id: z.string(), until: z.string(), reason: z.string() })),
  deadlineMinutes: z.number(),
});
/** An optional region that the release does not have, and why. */
const failedRegion = z.object({ region: z.string(), reason: z.string() });
/** Absent: none. */
const failedRegions = z.optional(z.array(failedRegion));

/** How the candidate is tested: on a fresh instance of it, in the region of the build. */
export const testPlanSchema = z.object({
  /** Names of SSM documents: the checks of the pipeline (empty: none), and the recipe's tests (empty: none). */
  checkDocument: z.string(),
  checkDocumentVersion: z.string(),
  testsDocument: z.string(),
  /** The names of the recipe's tests, by their names in the tests document. */
  tests: z.record(z.string(), z.string()),
  /** Whether the image must have all updates of its patch baseline: the build has installed them. */
  scan: z.boolean(),
  instanceTypes: z.array(z.string()),
  subnets: z.array(z.string()),
  patchGroup: z.optional(z.string()),
  /** Absent: the image may have any vulnerabilities. */
  cve: z.optional(cveGate),
  /** The other regions in which the copies are tested, with what exists there; absent: none. */
  copies: z.optional(
    z.array(
      z.object({ region: z.string(), instanceTypes: z.array(z.string()), subnets: z.array(z.string()) }),
    ),
  ),
});

/** The fields of every plan. A plan is made before anything is launched. The key in `base` shows the kind of the base. */
export const anyPlanSchema = z.object({
  recipe: z.string(),
  description: z.string(),
  version: z.string(),
  platform: z.enum(['linux', 'windows']),
  /** The region of the deployment, where the build happens. */
  region: z.string(),
  base: z.union([imageBase, snapshotBase, instanceBase]),
  /** The image is an unchanged copy of the base image. Absent: the image is made from an instance. */
  copyBase: z.optional(z.literal(true)),
  /** All target regions, required and optional. */
  regions: z.array(z.string()),
  /** The target regions without which the image is also released; absent: none. */
  optionalRegions: z.optional(z.array(z.string())),
  /** The optional regions of the recipe that the build leaves out from the start. */
  failedRegions,
  /** Absent in the plans of former versions of the pipeline, which set no attributes. */
  image: z.optional(imageAttributes),
  /** In how many minutes EC2 completes each copy; absent: EC2 promises no time. */
  copyMinutes: z.optional(z.number()),
  /** The keys that the recipe names, by region: of the builder's volumes and of the copies; absent: the recipe names no keys. */
  keys: z.optional(z.record(z.string(), z.string())),
  share,
  /** The channel that the release enters; absent in the plans of former versions of the pipeline. */
  channel: z.optional(z.string()),
  /** The roles of the consumer accounts in which the parameters are written, too; absent: none. */
  consumerRoles: z.optional(z.array(z.string())),
  /** The launch templates that get a version with the image; absent: none. */
  launchTemplates: z.optional(z.array(templateSchema)),
  /** Whether the recipe asks for fast snapshot restore or EC2 Fast Launch; absent: no. */
  accelerate: z.optional(z.literal(true)),
  /** Whether the recipe names Auto Scaling groups to refresh; absent: no. */
  refreshInstances: z.optional(z.literal(true)),
  tags: z.record(z.string(), z.string()),
  /** Absent: the image is released without a test. */
  test: z.optional(testPlanSchema),
  /** How long people have to approve the image; absent: nobody is asked. */
  approval: z.optional(z.object({ deadlineHours: z.number() })),
  /** The volumes of the builder that are not part of the image, by device; absent: none. */
  notInImage: z.optional(z.array(z.string())),
  /** Whether the build is a trial: its recipe is inline or has overrides. Absent: no. */
  trial: z.optional(z.literal(true)),
  /** For later additions to an existing release: the version that a build of this execution would have. Absent: the plan is that of a build. */
  distribution: z.optional(z.string()),
  /** For later additions: the regions whose image of the release other accounts could launch when this was planned. Absent: none. */
  sharedIn: z.optional(z.array(z.string())),
  /** For further accounts: all of them could launch all images of the release before. Absent: some could not, or the addition is another one. */
  alreadyShared: z.optional(z.literal(true)),
  /** Warnings about the plan, which is carried out in spite of them; absent: none. */
  warnings: z.optional(z.array(z.string())),
});

/** The plan of a build with a builder. A build from an instance has no builder. */
export const planSchema = z.extend(anyPlanSchema, {
  base: z.union([imageBase, snapshotBase]),
  instanceTypes: z.array(z.string()),
  subnets: z.array(z.string()),
  volumes: z.array(volume),
  /** The devices of the base's volumes, which the launch encrypts; absent: the recipe names no keys. */
  baseVolumes: z.optional(z.array(z.string())),
  ssmAgent: z.enum(['preinstalled', 'install']),
  /** Names of SSM documents: the document that runs on the builder, and the document with the recipe's steps (empty: no steps). */
  buildDocument: z.string(),
  /** Absent in the plans of former versions of the pipeline: SSM then uses the default version. */
  buildDocumentVersion: z.optional(z.string()),
  stepsDocument: z.string(),
  /** The names of the recipe's steps, by their names in the steps document. */
  steps: z.record(z.string(), z.string()),
  patch: z.object({
    install: z.boolean(),
    reboot: z.enum(['if-needed', 'never']),
    patchGroup: z.optional(z.string()),
  }),
});

/** The plan of a build from a snapshot. */
export const snapshotPlanSchema = z.extend(anyPlanSchema, { base: snapshotBase });

/** The image that was registered from the base snapshot. The builder is launched from this image. */
export const registeredBaseSchema = z.object({
  status: z.literal('ready'),
  imageId: z.string(),
  name: z.string(),
  products: z.array(z.string()),
});
export const pendingRegisteredBaseSchema = z.extend(pending, {
  /** Absent until the id is known. */
  imageId: z.optional(z.string()),
  seenAt: z.optional(z.string()),
  /** Since when EC2 has said that the name is taken, without an image of this name being visible (ISO 8601). */
  takenSince: z.optional(z.string()),
});

const launchAttempt = z.object({
  instanceType: z.string(),
  subnetId: z.string(),
  code: z.string(),
  said: z.string(),
  /** Since when RunInstances has failed for this type and subnet because of a fault in EC2 (ISO 8601); absent: it was no such fault. */
  faultSince: z.optional(z.string()),
});

/** A running instance of a build. */
const launchedSchema = z.object({
  status: z.literal('ready'),
  instanceId: z.string(),
  instanceType: z.string(),
  subnetId: z.string(),
  /** The launches for which EC2 had no capacity, or failed to run the instance. */
  refused: z.array(launchAttempt),
});
const pendingLaunchSchema = z.extend(pending, {
  /** Absent until an instance is launched. */
  instanceId: z.optional(z.string()),
  instanceType: z.string(),
  subnetId: z.string(),
  refused: z.array(launchAttempt),
});

export const builderSchema = launchedSchema;
export const pendingBuilderSchema = pendingLaunchSchema;

export const pendingScanSchema = z.extend(pending, {
  /** What the scan waits for: the scanner to run, its agent to be online, the command to end, the result, or the end of the scanner. */
  phase: z.enum(['launch', 'agent', 'command', 'result', 'end']),
  scanner: z.union([pendingLaunchSchema, launchedSchema]),
  /** Absent until a command is sent. */
  commandId: z.optional(z.string()),
  /** Absent until the result is known. */
  found: z.optional(z.pick(scanSchema, { missing: true, failed: true })),
});

export const patchesSchema = z.object({
  status: z.literal('ready'),
  automationExecutionId: z.string(),
  /** When the automation ended (ISO 8601). */
  readyAt: z.optional(z.string()),
});
export const pendingPatchesSchema = z.extend(pending, {
  /** Empty until the id is known. */
  automationExecutionId: z.string(),
  /** Since when SSM has refused the client token as known, without an automation being listed (ISO 8601). */
  conflictSince: z.optional(z.string()),
});

export const shutdownSchema = z.object({ status: z.literal('ready'), by: z.enum(['guest', 'pipeline']) });
export const pendingShutdownSchema = pending;

export const candidateSchema = z.object({
  status: z.literal('ready'),
  /** The number of attempts that EC2 needed. */
  attempt: z.optional(z.number()),
  imageId: z.string(),
  /** Absent: the region of the build. */
  region: z.optional(z.string()),
  name: z.string(),
  snapshotIds: z.array(z.string()),
  /** When EC2 created the image (ISO 8601). */
  createdAt: z.optional(z.string()),
});
/** The current attempt, and the failures of earlier attempts (`ImageAttempt` in image-attempt.ts). */
const imageAttempt = z.object({
  attempt: z.number(),
  imageId: z.optional(z.string()),
  seenAt: z.optional(z.string()),
  failures: z.array(z.string()),
});
export const pendingCandidateSchema = z.extend(z.extend(pending, imageAttempt.shape), {
  /** Since when EC2 has said that the name is taken, without an image of this name being visible (ISO 8601). */
  takenSince: z.optional(z.string()),
});

/**
 * The copy to one region. `waiting`: not started, because EC2's limit is reached or the previous attempt failed. `failed`: the region is
 * optional, and the release goes on without it.
 */
export const copySchema = z.extend(imageAttempt, {
  region: z.string(),
  state: z.enum(['waiting', 'pending', 'available', 'failed']),
  name: z.string(),
  snapshotIds: z.array(z.string()),
  /** EC2's last answer about the copy; if the copy has failed, the reason. */
  said: z.string(),
  /** When the copy was started (ISO 8601). */
  startedAt: z.optional(z.string()),
  /** How long the copy took, until it was seen available. */
  seconds: z.optional(z.number()),
  /** Since when EC2's limit has kept the copy from being started (ISO 8601). */
  limitedSince: z.optional(z.string()),
  /** Since when calls to an optional region have failed with errors that may pass (ISO 8601). */
  faultSince: z.optional(z.string()),
  /** What EC2 reports while the copy is pending, from 0 to 100. */
  progress: z.optional(z.number()),
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
  /** The same for every image, so it is stored once: a state can hold 256 KiB, and the list may have a thousand entries. */
  sharedWith: share,
  /** The regions that the release does not have, and problems with the permissions of earlier releases; absent: none. */
  warnings: z.optional(z.array(z.string())),
  failedRegions,
});
/** How far the permissions of earlier releases have been checked. */
const earlierProgress = z.object({
  done: z.boolean(),
  /** The last image that needs no change (`imageKey` in earlier-releases.ts); empty: none yet. */
  after: z.string(),
  warnings: z.array(z.string()),
});
export const pendingReleaseSchema = z.extend(pending, {
  /** Absent: the check has not begun, or this build does not change earlier releases. */
  earlier: z.optional(earlierProgress),
  /** The optional regions in which this stage has failed. */
  failedRegions,
});

/** The plan of later additions: the part of the document that a build has before CopyImages. */
export const distributionSchema = z.object({
  status: z.literal('ready'),
  document: z.object({
    plan: anyPlanSchema,
    candidate: candidateSchema,
    /** The images that the release already has, if they are shared with further accounts. */
    copies: z.optional(copiesSchema),
  }),
});
/** What the gates said that the candidate passed. The ids are the only lists: a state can hold 256 KiB, and the log has the details. */
const passedGates = {
  /** The gates that the image passed; absent: the recipe has none. */
  gates: z.optional(
    z.object({
      cve: z.object({
        /** The number of vulnerabilities that were found, by severity. */
        found: z.record(z.string(), z.number()),
        /** The accepted ids without which the image would not have passed. */
        accepted: z.array(z.string()),
      }),
    }),
  ),
  /** What people should know about the gates; absent: nothing. */
  warnings: z.optional(z.array(z.string())),
};

/** What the test of the candidate said. Only an image with this verdict is shared. */
export const verdictSchema = z.object({
  status: z.literal('ready'),
  imageId: z.string(),
  /** Whether an instance of the image was tested. The recipe can turn the test off. */
  tested: z.boolean(),
  /** The names of the recipe's tests that passed. */
  tests: z.array(z.string()),
  ...passedGates,
});
export const pendingVerdictSchema = z.extend(pending, {
  /** What the test waits for: the tester to run, its system and agent to be up, a command or Inspector's scan to end, or the end of the tester. */
  phase: z.enum(['launch', 'boot', 'command', 'cve', 'end']),
  tester: z.union([pendingLaunchSchema, launchedSchema]),
  /** The findings that the last check saw (`SeenFindings` in cve-scan.ts); absent: no scan had ended. */
  seen: z.optional(z.object({ digest: z.string(), since: z.string() })),
  ...passedGates,
});

/** The test of the copy in one region: an instance of it is launched, boots and is terminated. */
export const copyTestSchema = z.object({
  region: z.string(),
  imageId: z.string(),
  phase: z.enum(['launch', 'boot', 'end', 'passed']),
  /** When the phase `boot` began (ISO 8601). */
  since: z.optional(z.string()),
  waitSeconds: z.optional(z.number()),
  tester: z.optional(z.union([pendingLaunchSchema, launchedSchema])),
});
/** The copies that were tested, in addition to the image in the region of the build. */
export const copyVerdictsSchema = z.object({ status: z.literal('ready'), regions: z.array(copyTestSchema) });
export const pendingCopyVerdictsSchema = z.extend(pending, { regions: z.array(copyTestSchema) });
/** A person approved the image. Systems Manager recorded who. */
export const approvedSchema = z.object({
  status: z.literal('ready'),
  /** The ARN of the IAM user or of the role session that AWS authenticated. */
  by: z.string(),
  /** When (ISO 8601). */
  at: z.string(),
  comment: z.optional(z.string()),
  /** The id of the automation that carried the answer. */
  automation: z.string(),
});
export const pendingApprovalSchema = z.extend(pending, {
  /** Until when people can answer (ISO 8601). */
  deadline: z.string(),
});

/** A person's answer to a build that waits for approval. */
export const answeredSchema = z.extend(approvedSchema, {
  execution: z.string(),
  recipe: z.string(),
  version: z.string(),
  decision: z.enum(['approve', 'reject']),
});

/** The SSM parameters that name the released images, the same in every region of the release. */
export const publishedSchema = z.object({
  status: z.literal('ready'),
  /** The parameter of the version. */
  parameter: z.string(),
  /** The channel that now names the release; absent: the release entered no channel. */
  channel: z.optional(
    z.object({
      name: z.string(),
      parameter: z.string(),
      /** The version that the channel named before; absent: none. */
      from: z.optional(z.string()),
    }),
  ),
  /** For later additions: the channels that name the new images; absent: none. */
  channels: z.optional(z.array(z.object({ name: z.string(), parameter: z.string() }))),
  /** For later additions: when all parameters named the new images (ISO 8601). */
  at: z.optional(z.string()),
  /** Why the release entered no channel; absent: it entered one. */
  reason: z.optional(z.string()),
  ...followersSchema,
});
export const pendingPublicationSchema = z.extend(pending, {
  /** What the stage waits for: another publication of the recipe to end, the parameters of the version, or those of the channel. */
  phase: z.enum(['turn', 'versions', 'channel']),
  puts: z.array(madePutSchema),
});

/** The images are protected from deregistration, apart from those in the warnings. */
export const protectionSchema = z.object({
  status: z.literal('ready'),
  /** The images that are not protected, and why; absent: none. */
  warnings: z.optional(z.array(z.string())),
});
export const pendingProtectionSchema = pending;

/** What was said about a release or a move: the detail type of the event; absent: there was nothing to say. */
export const announcedSchema = z.object({
  status: z.literal('ready'),
  event: z.optional(z.string()),
  /** Whether people got a message. */
  notified: z.optional(z.boolean()),
});

/** What makes launches of the releases that channels name fast, in the account of the pipeline. EC2 may still be preparing it. */
export const accelerationSchema = z.object({
  status: z.literal('ready'),
  on: z.array(
    z.object({
      region: z.string(),
      imageId: z.string(),
      /** The Availability Zones with fast snapshot restore; absent: none. */
      fastSnapshotRestore: z.optional(z.array(z.string())),
      /** The number of pre-provisioned snapshots of EC2 Fast Launch; absent: off. */
      fastLaunch: z.optional(z.number()),
    }),
  ),
  /** What EC2 refused; absent: nothing. */
  warnings: z.optional(z.array(z.string())),
});
export const pendingAccelerationSchema = pending;

/** The instance refreshes that a move of a channel started. They may still be running. */
export const instanceRefreshesSchema = z.object({
  status: z.literal('ready'),
  started: z.array(
    z.object({ region: z.string(), autoScalingGroup: z.string(), instanceRefreshId: z.string() }),
  ),
  /** The groups that were not refreshed, and why; absent: none. */
  warnings: z.optional(z.array(z.string())),
});

/** A channel that was promoted or rolled back. */
export const movedChannelSchema = z.object({
  status: z.literal('ready'),
  recipe: z.string(),
  channel: z.string(),
  how: channelMoveSchema.shape.how,
  /** The version that the channel named before; absent: none. */
  from: z.optional(z.string()),
  to: z.string(),
  parameter: z.string(),
  /** The images that the channel names now, by region. */
  images: z.record(z.string(), z.string()),
  /** The regions in which the former release has an image, and this release has none. There, the parameter did not change. */
  unmoved: z.array(z.string()),
  /** The earlier releases that a rollback skipped because their images cannot be launched, by version: why; absent: none. */
  skipped: z.optional(z.record(z.string(), z.string())),
  /** What a rollback left out, and how to repair it; absent: nothing. */
  warnings: z.optional(z.array(z.string())),
  /** The launch templates that a rollback left out; absent: none. */
  leftOutTemplates: z.optional(z.array(z.object({ region: z.string(), id: z.string() }))),
  ...followersSchema,
});

/** The channels of a recipe in their order, its releases and the moves of its channels, the newest first. */
export const channelHistorySchema = z.object({
  status: z.literal('ready'),
  recipe: z.string(),
  channels: z.array(z.extend(z.partial(channelSchema), { name: z.string(), parameter: z.string() })),
  releases: z.array(publishedReleaseSchema),
  history: z.array(channelMoveSchema),
  /** The build that waits for approval; absent: none. */
  waiting: z.optional(
    z.object({ execution: z.string(), version: z.string(), askedAt: z.string(), deadline: z.string() }),
  ),
  /** The last build that asked for approval and does not wait any more; absent: none, or it is long ago. */
  ended: z.optional(
    z.object({
      execution: z.string(),
      version: z.string(),
      state: z.enum(['approved', 'rejected', 'superseded', 'expired']),
      /** When it was answered, or the deadline; absent if it was superseded. */
      at: z.optional(z.string()),
      /** Who answered. */
      by: z.optional(z.string()),
      comment: z.optional(z.string()),
      supersededBy: z.optional(z.string()),
    }),
  ),
});

const leftoverSchema = z.object({
  region: z.string(),
  /** `region`: a region that could not be checked. */
  kind: z.enum(['instance', 'volume', 'image', 'snapshot', 'parameter', 'launch template version', 'region']),
  id: z.string(),
  /**
   * What a parameter names again after it was put back: the version, or the image if the version is not known. For a version of a launch
   * template that was removed: the number of the version that is the default version again. Absent: nothing was put back.
   */
  putBack: z.optional(z.string()),
});
export const cleanupSchema = z.object({
  status: z.literal('ready'),
  removed: z.array(leftoverSchema),
  remaining: z.array(z.extend(leftoverSchema, { reason: z.string() })),
});
export const pendingCleanupSchema = z.extend(pending, {
  /** All resources that clean-up has found so far and must remove. */
  seen: z.array(leftoverSchema),
  /** When a resource of the execution was last seen or removed (ISO 8601). */
  lastSeen: z.string(),
  /** Whether this clean-up has removed something that nothing else was removing. */
  hasRemoved: z.optional(z.boolean()),
  /** The recipe of the execution, which is not known any more when everything is removed; absent: not known. */
  recipe: z.optional(z.string()),
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
export type CopyPlan = AnyPlan & { base: z.infer<typeof imageBase>; copyBase: true };
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
export type FailedRegion = z.infer<typeof failedRegion>;
export type Copies = z.infer<typeof copiesSchema>;
export type PendingCopies = z.infer<typeof pendingCopiesSchema>;
export type Distribution = z.infer<typeof distributionSchema>;
export type Share = z.infer<typeof share>;
export type ReleasedImage = z.infer<typeof releasedImageSchema>;
export type Release = z.infer<typeof releaseSchema>;
export type PendingRelease = z.infer<typeof pendingReleaseSchema>;
export type TestPlan = z.infer<typeof testPlanSchema>;
export type Verdict = z.infer<typeof verdictSchema>;
export type PendingVerdict = z.infer<typeof pendingVerdictSchema>;
export type CopyTest = z.infer<typeof copyTestSchema>;
export type CopyVerdicts = z.infer<typeof copyVerdictsSchema>;
export type PendingCopyVerdicts = z.infer<typeof pendingCopyVerdictsSchema>;
export type EarlierProgress = z.infer<typeof earlierProgress>;
export type Approved = z.infer<typeof approvedSchema>;
export type PendingApproval = z.infer<typeof pendingApprovalSchema>;
export type Answered = z.infer<typeof answeredSchema>;
export type Published = z.infer<typeof publishedSchema>;
export type PendingPublication = z.infer<typeof pendingPublicationSchema>;
export type Protection = z.infer<typeof protectionSchema>;
export type PendingProtection = z.infer<typeof pendingProtectionSchema>;
export type Announced = z.infer<typeof announcedSchema>;
export type Acceleration = z.infer<typeof accelerationSchema>;
export type PendingAcceleration = z.infer<typeof pendingAccelerationSchema>;
export type InstanceRefreshes = z.infer<typeof instanceRefreshesSchema>;
export type MovedChannel = z.infer<typeof movedChannelSchema>;
export type ChannelHistory = z.infer<typeof channelHistorySchema>;
export type Leftover = z.infer<typeof leftoverSchema>;
export type Cleanup = z.infer<typeof cleanupSchema>;
export type PendingCleanup = z.infer<typeof pendingCleanupSchema>;

/** The input of a function with an unchecked document, because the input of an execution may contain anything. */
export const anyEvent = z.object({
  execution: z.string().check(z.minLength(1)),
  startTime: z.iso.datetime(),
  document: fields,
});

/** The input of every function: the execution's name, its start time, and its document so far. */
export const eventOf = <T extends z.core.$ZodShape>(document: T) =>
  z.object({
    /** The name of the execution. */
    execution: z.string().check(z.minLength(1)),
    startTime: z.iso.datetime(),
    document: z.object(document),
  });
