import { Metrics as EmbeddedMetrics } from '@aws-lambda-powertools/metrics';

export const NAMESPACE = 'GoldenImage';

/** All that is measured, with its unit. The alarms and the dashboard (stack/) read these names. */
export const units = {
  /** By recipe. */
  BuildSucceeded: 'Count',
  BuildFailed: 'Count',
  BuildSkipped: 'Count',
  BuildSeconds: 'Seconds',
  /** What the janitor found of executions that are over, and what it removed of that; of no recipe. */
  LeftoversFound: 'Count',
  LeftoversRemoved: 'Count',
  /** Bases that a look of the watcher could not see; of no recipe. */
  BasesUnseen: 'Count',
} as const;

export type MetricName = keyof typeof units;

/**
 * CloudWatch has, and bills, a metric for each combination of dimensions. A recipe is the only thing that there are few of: an
 * execution, a version or an image would be a metric of its own each time.
 */
export interface Dimensions {
  readonly recipe?: string;
}

export interface Metrics {
  /** It happened once. */
  count(name: MetricName, dimensions?: Dimensions): void;
  put(name: MetricName, value: number, dimensions?: Dimensions): void;
}

/**
 * Metrics in Lambda: lines in CloudWatch's embedded metric format, from which CloudWatch makes the metrics when it takes in the log,
 * so that no call is made and no permission needed. Each line is written at once, with the dimension `service` that Powertools adds to
 * those given: what fails later in a call is no reason to lose it. A step that measures names this among its needs (`step`).
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
