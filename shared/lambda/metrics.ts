import { Metrics as EmbeddedMetrics } from '@aws-lambda-powertools/metrics';

export const NAMESPACE = 'GoldenImage';

/** All metrics, with their units. The alarms and the dashboard (stack/) use these names. */
export const units = {
  /** With the dimension `recipe`. */
  BuildSucceeded: 'Count',
  BuildFailed: 'Count',
  BuildSkipped: 'Count',
  BuildSeconds: 'Seconds',
  /** The number of times that something about a published release was refused. */
  ReleaseWarnings: 'Count',
  /** The number of leftovers that the janitor found and removed; without `recipe`. */
  LeftoversFound: 'Count',
  LeftoversRemoved: 'Count',
  /** The number of bases that the watcher could not resolve; without `recipe`. */
  BasesUnseen: 'Count',
  /** The number of recipes whose newest release is older than their schedule allows; without `recipe`. */
  ReleasesOverdue: 'Count',
} as const;

export type MetricName = keyof typeof units;

/**
 * CloudWatch creates, and bills, a metric for each combination of dimensions. Only the recipe is a dimension, because there are few
 * recipes. Each execution, version or image would create its own metric.
 */
export interface Dimensions {
  readonly recipe?: string;
}

export interface Metrics {
  /** Adds one. */
  count(name: MetricName, dimensions?: Dimensions): void;
  put(name: MetricName, value: number, dimensions?: Dimensions): void;
}

/**
 * Metrics in Lambda: log lines in CloudWatch's embedded metric format. CloudWatch creates the metrics from the log, so no call and no
 * permission is needed. Each line is written immediately, so that a later failure of the invocation does not lose it. Powertools adds the
 * dimension `service`. A step that writes metrics names this function among its needs (`step`).
 */
export function metrics(): Metrics {
  const all = new EmbeddedMetrics({ namespace: NAMESPACE, serviceName: 'golden-image' });
  const put: Metrics['put'] = (name, value, { recipe } = {}) => {
    const one = all.singleMetric();
    if (recipe !== undefined) one.addDimension('recipe', recipe);
    one.addMetric(name, units[name], value);
  };
  return { count: (name, dimensions) => put(name, 1, dimensions), put };
}
