import type { ResourceScanType, Status } from '@aws-sdk/client-inspector2';
import type { Severity, VulnerablePackage } from '../catalog/vulnerabilities.ts';
import type { Resource } from '../core/resource.ts';

/** What Inspector scans for an account in a region; its id is `<account>/<region>`. A type without an entry is off. */
export interface InspectorAccountRecord extends Resource {
  readonly statuses: Readonly<Partial<Record<ResourceScanType, Extract<Status, 'ENABLING' | 'ENABLED'>>>>;
}

/** The scans of an instance; its id is the id of the instance. */
export interface InspectorScanRecord extends Resource {
  readonly lastScannedAt: number;
}

/** A finding on an instance; its id is its ARN. */
export interface InspectorFindingRecord extends Resource {
  readonly instanceId: string;
  readonly vulnerabilityId: string;
  readonly severity: Severity;
  readonly packages: readonly VulnerablePackage[];
  readonly firstObservedAt: number;
  readonly lastObservedAt: number;
  readonly updatedAt: number;
  /** When a scan no longer found the vulnerability; absent: the finding is active. */
  readonly closedAt?: number;
  /** What the finding shows about its instance. The finding outlives the instance. */
  readonly instance: {
    readonly imageId: string;
    readonly type: string;
    readonly vpcId: string;
    readonly subnetId: string;
    readonly launchedAt: number;
    readonly os: string;
    readonly architecture: string;
    readonly tags: Readonly<Record<string, string>>;
  };
}
