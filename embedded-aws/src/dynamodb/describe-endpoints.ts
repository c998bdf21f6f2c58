import type { DescribeEndpointsCommandInput, DescribeEndpointsCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';

export const describeEndpoints: Operation<DescribeEndpointsCommandInput, DescribeEndpointsCommandOutput> = {
  kind: 'read',
  accepts: [],
  run: (_, { region }) => ({
    Endpoints: [{ Address: `dynamodb.${region}.amazonaws.com`, CachePeriodInMinutes: 1440 }],
  }),
};
