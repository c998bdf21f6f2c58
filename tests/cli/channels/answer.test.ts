import type { ExecutionResult } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { type Asked, channelReport } from '../../../cli/channels/answer.ts';
import { moveLines } from '../../../cli/channels/tables.ts';

const asked: Asked = { place: { world: 'embedded' }, action: 'rollback', recipe: 'plain' };
const reportOf = (output: object) =>
  channelReport(asked, { status: 'SUCCEEDED', output } as unknown as ExecutionResult);

describe('a rollback that left something out', () => {
  const warnings = ['Not rolled back: the parameter in eu-west-1 of 111122223333'];
  const move = {
    status: 'ready',
    recipe: 'plain',
    channel: 'stable',
    how: 'rolled back',
    from: '2',
    to: '1',
    parameter: '/golden-images/plain/stable',
    images: { 'us-east-1': 'ami-1' },
    unmoved: [],
  };

  it('says so in the report and on the screen, before what followed the move', () => {
    const report = reportOf({ move: { ...move, warnings }, refreshes: { warnings: ['not refreshed'] } });
    expect(report.status).toBe('succeeded');
    expect(report.move?.warnings).toEqual([...warnings, 'not refreshed']);
    expect(moveLines(report).slice(0, 3)).toEqual([
      '✔ Rolled back: stable names 1 (was 2)',
      `    ! ${warnings[0]}`,
      '    ! not refreshed',
    ]);
  });

  it('without warnings, the field is absent', () => {
    expect(reportOf({ move }).move).not.toHaveProperty('warnings');
  });
});
