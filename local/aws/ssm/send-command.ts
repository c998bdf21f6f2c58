import type { SendCommandCommandInput, SendCommandCommandOutput } from '@aws-sdk/client-ssm';
import type { Operation } from '../operation.ts';
import { sendCommand as send } from './commands/send.ts';
import { findDocument, requireVersion } from './documents.ts';
import { required } from './errors.ts';

export const sendCommand: Operation<SendCommandCommandInput, SendCommandCommandOutput> = {
  kind: 'write',
  accepts: ['InstanceIds', 'DocumentName', 'DocumentVersion', 'TimeoutSeconds', 'Comment', 'Parameters.*'],
  run: (input, { world, account, region, now }) => {
    const documentName = required(input.DocumentName, 'documentName');
    const document = findDocument(world, { account, region }, documentName);
    if (document !== undefined) requireVersion(document, input.DocumentVersion);
    const command = send(world, {
      account,
      region,
      at: now,
      documentName,
      instanceIds: input.InstanceIds ?? [],
      parameters: input.Parameters ?? {},
      ...(input.TimeoutSeconds !== undefined && { timeoutSeconds: input.TimeoutSeconds }),
      ...(input.Comment !== undefined && { comment: input.Comment }),
    });
    return {
      Command: {
        CommandId: command.id,
        DocumentName: documentName,
        DocumentVersion: input.DocumentVersion ?? '$DEFAULT',
        Comment: input.Comment ?? '',
        ExpiresAfter: new Date(command.deliverBy),
        Parameters: input.Parameters ?? {},
        InstanceIds: [command.instanceId],
        Targets: [],
        RequestedDateTime: new Date(now),
        Status: 'Pending',
        StatusDetails: 'Pending',
        TargetCount: 1,
        CompletedCount: 0,
        ErrorCount: 0,
        DeliveryTimedOutCount: 0,
        TimeoutSeconds: input.TimeoutSeconds ?? 3600,
      },
    };
  },
};
