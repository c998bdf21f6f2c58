import { expect, it } from 'vitest';
import { type MetricName, metrics, units } from '../../shared/lambda/metrics.ts';
import { linesWritten } from './written.ts';

it('writes each metric immediately, as a line of the embedded metric format', async () => {
  const { count, put } = metrics();
  const [succeeded, seconds, found, ...more] = await linesWritten(() => {
    count('BuildSucceeded', { recipe: 'al2023' });
    put('BuildSeconds', 1_234, { recipe: 'al2023' });
    put('LeftoversFound', 0);
  });
  // Embedded metric format specification, CloudWatch user guide: the members named below are required.
  const line = (Name: MetricName, value: number, recipe?: string) => ({
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: 'GoldenImage',
          Dimensions: [recipe === undefined ? ['service'] : ['service', 'recipe']],
          Metrics: [{ Name, Unit: units[Name] }],
        },
      ],
    },
    service: 'golden-image',
    ...(recipe === undefined ? {} : { recipe }),
    [Name]: value,
  });
  expect(succeeded).toEqual(line('BuildSucceeded', 1, 'al2023'));
  expect(seconds).toEqual(line('BuildSeconds', 1_234, 'al2023'));
  // The recipe of the previous invocation is absent.
  expect(found).toEqual(line('LeftoversFound', 0));
  expect(more).toEqual([]);
});
