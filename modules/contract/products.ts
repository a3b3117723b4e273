import { oneOf, type Report } from './errors';
import type { Contract } from './schema';

/** A contract, and where what it gets wrong is reported. */
export interface Checked {
  readonly contract: Contract;
  readonly report: Report;
}

/** What must hold between a data product and the other contracts, in every environment that it is in. */
export function checkInputs(contracts: readonly Checked[]): void {
  for (const { contract, report } of contracts) {
    contract.servers.forEach((server, index) => {
      if (server.type !== 'custom') return;
      const { environment } = server;
      const inputs = inputsOf(contracts, environment);
      const known = [...inputs.keys()].filter((id) => id !== contract.id);
      server.customProperties.inputs.forEach((input, position) => {
        const at = ['servers', index, 'customProperties', 'inputs', position];
        if (!known.includes(input)) {
          const others = known.length > 0 ? oneOf(known) : 'there is none';
          report(at, `must be another data set of environment ${environment}: ${others}`, input);
        } else if (leadsTo(contract.id, input, inputs)) {
          report(at, `must not be computed from ${contract.id} itself`, input);
        }
      });
    });
  }
}

/** The data sets of an environment, each with those that it is computed from. */
function inputsOf(contracts: readonly Checked[], environment: string): Map<string, readonly string[]> {
  const entries = contracts.flatMap(({ contract: { id, servers } }): [string, readonly string[]][] => {
    const server = servers.find((each) => each.environment === environment);
    if (!server) return [];
    return [[id, server.type === 'custom' ? server.customProperties.inputs : []]];
  });
  return new Map(entries);
}

/** Whether a data set is computed, by however many steps, from `target`. */
function leadsTo(
  target: string,
  dataset: string,
  inputs: ReadonlyMap<string, readonly string[]>,
  seen = new Set<string>(),
): boolean {
  if (seen.has(dataset)) return false;
  seen.add(dataset);
  return (inputs.get(dataset) ?? []).some((input) => input === target || leadsTo(target, input, inputs, seen));
}
