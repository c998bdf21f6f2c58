import { CHANNELS_DEFAULT } from './channels-default.ts';
import { channelFix, listAt, type Path, problem, textAt } from './rule-values.ts';
import { type FieldProblem, isFields, valueAt } from './schema-check.ts';

/** The rules for fast snapshot restore, EC2 Fast Launch and instance refreshes. */
export const fastLaunchRules = (value: unknown): FieldProblem[] => [
  ...restoreRules(value),
  ...windowsRules(value),
  ...refreshRules(value),
];

/** Every release has an image in the regions of the recipe only. */
function regionRule(value: unknown, path: Path, region: unknown): FieldProblem[] {
  const targets = [...listAt(value, ['regions']), ...listAt(value, ['optionalRegions'])];
  // The schema refuses what is not a region.
  if (typeof region !== 'string' || targets.includes(region)) return [];
  return [
    problem(path, region, {
      wrong: 'which is not in regions or optionalRegions',
      allowed: 'a region of the recipe: only there is an image',
      fix: `add ${region} to regions, or remove it here`,
    }),
  ];
}

function restoreRules(value: unknown): FieldProblem[] {
  const at = ['image', 'fastSnapshotRestore'];
  const all = valueAt(value, at);
  if (!isFields(all)) return [];
  return Object.keys(all).flatMap((region) => [
    ...regionRule(value, [...at, region], region),
    ...listAt(all, [region]).flatMap((zone, index): FieldProblem[] => {
      const path = [...at, region, index];
      const first = listAt(all, [region]).indexOf(zone);
      if (first < index) {
        return [
          problem(path, zone, {
            wrong: `a duplicate of ${region}[${first}]`,
            allowed: 'each zone once',
            fix: 'remove one of the duplicates',
          }),
        ];
      }
      const [, ofRegion] = /^([a-z]{2}(?:-[a-z]+)+-[0-9])[a-z]$/.exec(String(zone)) ?? [];
      if (ofRegion === undefined || ofRegion === region) return [];
      return [
        problem(path, zone, {
          wrong: `which is a zone of ${ofRegion}`,
          allowed: `a zone of ${region}, such as ${region}a`,
          fix: `move the zone to ${ofRegion}, or use a zone of ${region}`,
        }),
      ];
    }),
  ]);
}

function windowsRules(value: unknown): FieldProblem[] {
  const at = ['image', 'fastLaunch'];
  if (valueAt(value, at) === undefined) return [];
  const refused = (found: string, allowed: string, fix: string): FieldProblem => ({
    path: at,
    atKey: true,
    found: `the field fastLaunch, ${found}`,
    allowed,
    fix,
  });
  const regions = listAt(value, [...at, 'regions']).flatMap((region, index) =>
    regionRule(value, [...at, 'regions', index], region),
  );
  if (textAt(value, 'platform') === 'linux') {
    return [
      refused(
        'but the platform is linux',
        'fastLaunch only on windows: EC2 Fast Launch prepares the first steps of Windows',
        'remove fastLaunch, or use fastSnapshotRestore to make the volumes of the image fast',
      ),
    ];
  }
  // The image of an instance is made without Sysprep (EC2 user guide, "EC2 Fast Launch prerequisites").
  if (valueAt(value, ['base', 'instanceId']) !== undefined) {
    return [
      refused(
        'but the image of an instance is made without Sysprep',
        'fastLaunch with an image or a snapshot as the base',
        'remove fastLaunch, or use an image or a snapshot as the base',
      ),
    ];
  }
  return regions;
}

function refreshRules(value: unknown): FieldProblem[] {
  const at = ['publish', 'instanceRefresh'];
  const channels =
    valueAt(value, ['publish', 'channels']) === undefined
      ? CHANNELS_DEFAULT
      : listAt(value, ['publish', 'channels']);
  const entries = listAt(value, at);
  const keyOf = (entry: unknown) => `${textAt(entry, 'region')} ${textAt(entry, 'autoScalingGroup')}`;
  return entries.flatMap((entry, index): FieldProblem[] => {
    const channel = textAt(entry, 'channel');
    const first = entries.findIndex((other) => keyOf(other) === keyOf(entry));
    return [
      ...regionRule(value, [...at, index, 'region'], valueAt(entry, ['region'])),
      ...(channel === undefined || channels.includes(channel)
        ? []
        : [
            problem([...at, index, 'channel'], channel, {
              wrong: 'which is not a channel of the recipe',
              allowed: channels.map(String).join(', '),
              fix: channelFix(channel, channels),
            }),
          ]),
      ...(first === index || textAt(entry, 'autoScalingGroup') === undefined
        ? []
        : [
            problem([...at, index, 'autoScalingGroup'], textAt(entry, 'autoScalingGroup'), {
              wrong: `a duplicate of instanceRefresh[${first}]`,
              allowed: 'each group of a region once: a launch template names one channel',
              fix: 'remove one of the duplicates',
            }),
          ]),
    ];
  });
}
