import type {
  DescribeTimeToLiveCommandInput,
  DescribeTimeToLiveCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { anyTable, requiredTableName } from './tables.ts';

export const describeTimeToLive: Operation<DescribeTimeToLiveCommandInput, DescribeTimeToLiveCommandOutput> =
  {
    kind: 'read',
    accepts: ['TableName'],
    run({ TableName }, call) {
      const given = requiredTableName(TableName);
      const { timeToLive } = anyTable(call, given);
      return {
        TimeToLiveDescription:
          timeToLive === undefined
            ? { TimeToLiveStatus: 'DISABLED' }
            : { TimeToLiveStatus: timeToLive.status, AttributeName: timeToLive.attribute },
      };
    },
  };
