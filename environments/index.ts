import { readdirSync } from 'node:fs';
import { SECOND_REGION } from '../modules/naming';
import { environmentSchema, type Environment, type EnvironmentConfig } from './schema';
import { secondRegionOf } from './second-region';

const NOT_ENVIRONMENTS = ['index.ts', 'repository.ts', 'schema.ts', 'second-region.ts'];

/** What is wrong with an environment, in words for whoever wrote its file. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** Names of all environments: every other file in this folder is one, and two where it states a second Region. */
export function environmentNames(): string[] {
  return readdirSync(__dirname)
    .filter((file) => file.endsWith('.ts') && !NOT_ENVIRONMENTS.includes(file))
    .map((file) => file.slice(0, -'.ts'.length))
    .flatMap((name) => (read(name).disasterRecovery ? [name, `${name}${SECOND_REGION}`] : [name]))
    .sort();
}

/**
 * The environment of that name, with its defaults filled in.
 *
 * @throws EnvironmentError that lists the known ones if there is none of that name, or every rule that its file breaks.
 */
export function loadEnvironment(name: string): Environment {
  const known = environmentNames();
  if (!known.includes(name)) {
    throw new EnvironmentError(`Unknown environment "${name}". Known ones: ${known.join(', ')}`);
  }
  if (!name.endsWith(SECOND_REGION)) return parseEnvironment(name, read(name));
  return secondRegionOf(loadEnvironment(name.slice(0, -SECOND_REGION.length)));
}

function read(name: string): EnvironmentConfig {
  // An import has its path written out, and there would be a second file to change for each new environment.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require(`./${name}`).default;
}

/**
 * Checks what an environment's file states, and fills in the defaults.
 *
 * @throws EnvironmentError with a line per broken rule: file, field, rule, value.
 */
export function parseEnvironment(name: string, config: unknown): Environment {
  const result = environmentSchema.safeParse({ ...(config as object), name }, { reportInput: true });
  const problem = (path: PropertyKey[], message: string, input: unknown) =>
    `environments/${name}.ts: ${path.join('.')}: ${message}, got: ${JSON.stringify(input)}`;
  if (!result.success) {
    const lines = result.error.issues.map(({ path, message, input }) => problem(path, message, input));
    throw new EnvironmentError(lines.join('\n'));
  }
  const { promotedFrom } = result.data;
  const others = environmentNames().filter((other) => other !== name);
  if (promotedFrom !== undefined && !others.includes(promotedFrom)) {
    throw new EnvironmentError(problem(['promotedFrom'], `must be one of ${others.join(', ')}`, promotedFrom));
  }
  return result.data;
}
