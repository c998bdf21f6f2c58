import { checkApart, type Path, readPath } from './paths.ts';
import type { Placeholders } from './placeholders.ts';
import { Problems } from './problems.ts';
import { Reader } from './tokens.ts';

/** The paths in a ProjectionExpression. */
export function readProjection(source: string, placeholders: Placeholders): Path[] {
  const reader = new Reader('ProjectionExpression', source);
  const problems = new Problems();
  const paths: Path[] = [];
  do paths.push(readPath(reader, placeholders, problems));
  while (reader.skip(','));
  if (reader.next.kind !== 'end') throw reader.syntaxError();
  checkApart(paths, problems);
  const problem = problems.gravest(['reserved', 'name', 'overlap', 'conflict']);
  if (problem !== undefined) throw reader.refusal(problem);
  return paths;
}
