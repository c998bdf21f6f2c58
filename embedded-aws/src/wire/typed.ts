import type { Service, Services } from '../core/service.ts';
import { readJson } from './json.ts';
import { models } from './models.ts';

/**
 * The services with input conversion for JSON that users write inside other documents: the input of a schedule, the
 * step of a runbook. Invalid inputs are refused as on the wire.
 */
export function typed(services: Services): Services {
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [name, typedService(name, service)]),
  );
}

function typedService(name: string, service: Service): Service {
  const model = models.find((one) => one.name === name);
  if (model === undefined) return service;
  return {
    ...service,
    read: (operation, input) => {
      const schema = model.operations.get(operation)?.input;
      return (schema === undefined ? input : readJson(input, schema)) as Record<string, unknown>;
    },
  };
}
