import type { Environment } from '../../environments/schema';
import { Naming } from '../../modules/naming';

/** What an environment's resources are called and where they are; `*` where any will do. */
export interface Place {
  readonly region: string;
  readonly account: string;
  /** What all names begin with. */
  readonly prefix: string;
  /** The same in names of databases of the Glue Data Catalog. */
  readonly database: string;
  /** The Region that tables are copied to. @default none */
  readonly secondRegion?: string;
}

/** @param where `*` for any */
export function placeOf(environment: Environment, where: Pick<Place, 'region' | 'account'>): Place {
  const { prefix } = new Naming(environment.name);
  const secondRegion = environment.disasterRecovery?.secondRegion;
  return { ...where, prefix, database: prefix.replaceAll('-', '_'), secondRegion };
}

/** Actions that a deployment calls, on what. */
export interface Need {
  readonly actions: readonly string[];
  readonly on: (place: Place) => readonly string[];
}

/** @param names of actions of a service, with spaces between them */
export function need(on: Need['on'], service: string, names: string): Need {
  return {
    on,
    actions: names
      .trim()
      .split(/\s+/)
      .map((name) => `${service}:${name}`),
  };
}

/** Where AWS has no resource to name, or Terraform asks for all of them and picks. */
export const everything = () => ['*'];

/** Resources of a service whose names begin with the prefix, by what stands before the name in an ARN. */
export function named(service: string, ...kinds: readonly string[]): Need['on'] {
  return ({ region, account, prefix }) =>
    kinds.map((kind) => `arn:aws:${service}:${region}:${account}:${kind}${prefix}*`);
}

/** Resources that have an id of AWS's in place of a name. */
export function unnamed(service: string, ...kinds: readonly string[]): Need['on'] {
  return ({ region, account }) => kinds.map((kind) => `arn:aws:${service}:${region}:${account}:${kind}/*`);
}
