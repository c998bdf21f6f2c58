import { Table } from '../core/table.ts';
import type { Parts, PartsOf } from '../core/world.ts';
import type { InspectorAccountRecord, InspectorFindingRecord, InspectorScanRecord } from './records.ts';

/** The state of Inspector in a world. */
export const kept = {
  inspectorAccounts: () => new Table<InspectorAccountRecord>(),
  inspectorScans: () => new Table<InspectorScanRecord>(),
  inspectorFindings: () => new Table<InspectorFindingRecord>(),
} satisfies Parts;

declare module '../core/world.ts' {
  interface World extends PartsOf<typeof kept> {}
}
