import type { Resource, Tags } from '../core/resource.ts';

/** An Auto Scaling group. The id is the ARN. */
export interface AutoScalingGroupRecord extends Resource {
  readonly name: string;
  readonly minSize: number;
  readonly maxSize: number;
  readonly desired: number;
  readonly template: GroupTemplate;
  /** Whether the template is part of a mixed instances policy. */
  readonly isMixed: boolean;
  /** The instance types of the policy's overrides, in order; empty: the template's. */
  readonly instanceTypes: readonly string[];
  readonly subnetIds: readonly string[];
  /** Tags that the instances get. */
  readonly instanceTags: Tags;
  readonly instances: readonly GroupInstance[];
  readonly createdTime: number;
}

/** The launch template of a group. The version may be `$Latest` or `$Default`. */
export interface GroupTemplate {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

export interface GroupInstance {
  readonly id: string;
  /** The number of the template's version from which the instance was launched. */
  readonly templateVersion: string;
}

export type RefreshStatus = 'Pending' | 'InProgress' | 'Successful' | 'Failed' | 'Cancelled';

export interface InstanceRefreshRecord extends Resource {
  readonly groupId: string;
  readonly status: RefreshStatus;
  readonly statusReason?: string;
  readonly askedAt: number;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly minHealthyPercentage: number;
  readonly instanceWarmup?: number;
  /** The instances that are still to be replaced. */
  readonly toReplace: readonly string[];
  /** The number of instances to replace when the refresh began. */
  readonly total: number;
}
