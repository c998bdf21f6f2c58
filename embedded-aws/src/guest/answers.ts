import { commandPackages, installedServices, isModelled } from '../catalog/coverage.ts';
import { systemOf } from '../catalog/packages.ts';
import { repositoryAt } from '../catalog/repositories.ts';
import type { Known, State } from './state.ts';

/**
 * What a guest knows about itself. A disk lists only the files that matter for images, so a file that the disk does
 * not list is known to be missing only in the places that the catalog covers.
 */
export function exists(state: State, path: string, kind: 'any' | 'file' | 'directory' = 'any'): Known {
  const { files, disk } = state;
  const [separator, alike] = disk.platform === 'windows' ? ['\\', lower] : ['/', (text: string) => text];
  const wanted = alike(path.replace(/(?<=.)[\\/]+$/, ''));
  const all = [...files.keys()].map(alike);
  if (all.includes(wanted)) return kind !== 'directory';
  if (all.some((file) => file.startsWith(`${wanted}${separator}`))) return kind !== 'file';
  const isGone = disk.files.some((file) => alike(file) === wanted);
  return isGone || isModelled(disk.os, path) ? false : undefined;
}

const lower = (text: string) => text.toLowerCase();

/** Whether a command is installed. */
export function hasCommand(state: State, name: string): Known {
  const providers = commandPackages[name];
  if (providers === undefined) return hasPackage(state, name);
  return providers.some((provider) => state.packages.has(provider));
}

/** Whether a package is installed; unknown if the catalog does not have the package. */
export function hasPackage(state: State, name: string): Known {
  if (state.packages.has(name)) return true;
  return repositoryAt(state.disk.os, state.at).some((known) => known.name === name) ? false : undefined;
}

/** Whether a service starts with the system; unknown if the catalog does not have the service. */
export function isEnabled(state: State, name: string): Known {
  if (state.services.has(name)) return true;
  const known = [...systemOf(state.disk.os).services, ...state.disk.services];
  return [...known, ...Object.values(installedServices)].includes(name) ? false : undefined;
}

/** Whether a service runs: it starts with the system, or the script has started it. */
export function isActive(state: State, name: string): Known {
  return state.started.has(name) ? true : isEnabled(state, name);
}
