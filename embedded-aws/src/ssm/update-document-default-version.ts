import type {
  UpdateDocumentDefaultVersionCommandInput,
  UpdateDocumentDefaultVersionCommandOutput,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { documentName } from './constraints.ts';
import { ownDocument, versionOf } from './documents.ts';

export const updateDocumentDefaultVersion: Operation<
  UpdateDocumentDefaultVersionCommandInput,
  UpdateDocumentDefaultVersionCommandOutput
> = {
  kind: 'write',
  accepts: ['DocumentVersion', 'Name'],
  run: (input, { world, account, region, now }) => {
    check(input, {
      Name: { required: true, ...documentName },
      DocumentVersion: { required: true, pattern: /(^[1-9][0-9]*$)/ },
    });
    const document = ownDocument(world, { account, region }, input.Name ?? '');
    const { version, versionName } = versionOf(document, input.DocumentVersion);
    world.documents.put({ ...document, defaultVersion: version }, now, 0);
    return {
      Description: {
        Name: document.name,
        DefaultVersion: String(version),
        ...(versionName === undefined ? {} : { DefaultVersionName: versionName }),
      },
    };
  },
};
