import type { ListTopicsCommandInput, ListTopicsCommandOutput } from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { page } from './paging.ts';

export const listTopics: Operation<ListTopicsCommandInput, ListTopicsCommandOutput> = {
  kind: 'read',
  accepts: ['NextToken'],
  run(input, { world, account, region }) {
    const own = world.topics
      .all()
      .filter((topic) => topic.account === account && topic.region === region)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, next } = page(own, input.NextToken);
    return { Topics: items.map(({ id }) => ({ TopicArn: id })), ...next };
  },
};
