import { drawerOf, type Latencies } from '../core/latency.ts';

/** Latencies of DynamoDB in seconds. */
export const latencies = {
  'dynamodb.lag': {
    min: 0,
    typical: 0.02,
    p99: 1,
    basis: 'D usually within a second (DynamoDB developer guide, Read consistency); A',
  },
  'dynamodb.table': { min: 3, typical: 8, p99: 40, basis: 'A' },
  'dynamodb.ttl.change': {
    min: 60,
    typical: 600,
    p99: 1800,
    basis: 'D up to an hour (DynamoDB API reference, UpdateTimeToLive); A',
  },
  'dynamodb.ttl.delete': {
    min: 60,
    typical: 1800,
    p99: 86400,
    basis: 'D within 48 hours (DynamoDB developer guide, 2022), later a few days; A',
  },
} as const satisfies Latencies;

export const drawSeconds = drawerOf(latencies);
