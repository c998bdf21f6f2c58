import type { SendCommandCommandInput, SendCommandCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError, notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { sendCommand as send } from './commands/send.ts';
import { commandShape, maxConcurrency, maxErrors } from './commands/shapes.ts';
import { documentArn, documentVersion, instanceId } from './constraints.ts';
import { target } from './target.ts';

export const sendCommand: Operation<SendCommandCommandInput, SendCommandCommandOutput> = {
  kind: 'write',
  accepts: [
    'Comment',
    'DocumentHash',
    'DocumentHashType',
    'DocumentName',
    'DocumentVersion',
    'InstanceIds',
    'MaxConcurrency',
    'MaxErrors',
    'OutputS3BucketName',
    'OutputS3KeyPrefix',
    'OutputS3Region',
    'Parameters.*',
    'Targets.Key',
    'Targets.Values',
    'TimeoutSeconds',
  ],
  run: (input, { world, account, region, now }) => {
    check(input, {
      InstanceIds: { length: [0, 50], each: instanceId },
      Targets: { length: [0, 5], ...target },
      DocumentName: { required: true, ...documentArn },
      DocumentVersion: documentVersion,
      DocumentHash: { length: [0, 256] },
      DocumentHashType: { oneOf: ['Sha256', 'Sha1'] },
      TimeoutSeconds: { range: [30, 2_592_000] },
      Comment: { length: [0, 100] },
      OutputS3Region: { length: [3, 20] },
      OutputS3BucketName: { length: [3, 63] },
      OutputS3KeyPrefix: { length: [0, 500] },
      MaxConcurrency: { length: [1, 7], pattern: /^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$/ },
      MaxErrors: { length: [1, 7], pattern: /^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$/ },
    });
    const { InstanceIds = [], Targets = [], DocumentName = '', OutputS3BucketName: bucket } = input;
    if (InstanceIds.length > 0 && Targets.length > 0) {
      throw new AwsError('ValidationException', 'You can specify either InstanceIds or Targets, not both.');
    }
    if ((input.MaxConcurrency ?? maxConcurrency) !== maxConcurrency) {
      throw notEmulated(`ssm:SendCommand with MaxConcurrency ${input.MaxConcurrency}`);
    }
    if ((input.MaxErrors ?? maxErrors) !== maxErrors) {
      throw notEmulated(`ssm:SendCommand with MaxErrors ${input.MaxErrors}`);
    }
    if (input.DocumentHashType === 'Sha1') throw notEmulated('ssm:SendCommand with DocumentHashType Sha1');
    const command = send(world, {
      account,
      region,
      at: now,
      documentName: DocumentName,
      instanceIds: InstanceIds,
      targets: Targets,
      parameters: input.Parameters ?? {},
      ...(input.DocumentVersion !== undefined && { documentVersion: input.DocumentVersion }),
      ...(input.DocumentHash !== undefined && { documentHash: input.DocumentHash }),
      ...(input.TimeoutSeconds !== undefined && { timeoutSeconds: input.TimeoutSeconds }),
      ...(input.Comment !== undefined && { comment: input.Comment }),
      ...(bucket !== undefined && { output: { bucket, prefix: input.OutputS3KeyPrefix ?? '' } }),
    });
    const shape = commandShape(world, command);
    // Targets are resolved after the response.
    const unresolved = Targets.length > 0 ? { TargetCount: 0, CompletedCount: 0, ErrorCount: 0 } : {};
    return { Command: { ...shape, ...unresolved, Status: 'Pending', StatusDetails: 'Pending' } };
  },
};
