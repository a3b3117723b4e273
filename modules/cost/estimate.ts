import { auditItems } from './audit-items';
import type { EstimateInput, Item } from './bill';
import { glueItems } from './glue-items';
import { monitoringItems } from './monitoring-items';
import { PRICES } from './prices';
import { replicationItems } from './replication-items';
import { storageItems } from './storage-items';

/** `usd` is `quantity` times `unitUsd`. */
export interface Line extends Item {
  readonly usd: number;
}

export interface Estimate {
  readonly environment: string;
  readonly months: number;
  readonly region: string;
  readonly pricesAsOf: string;
  readonly usd: number;
  readonly lines: readonly Line[];
}

/** What an environment costs in a month. How many resources there are is counted in its stack. */
export function estimate(input: EstimateInput): Estimate {
  const items = [glueItems, storageItems, replicationItems, monitoringItems, auditItems].flatMap((of) => of(input));
  const lines = items
    .filter(({ quantity }) => quantity > 0)
    .map((item) => ({ ...item, usd: item.quantity * item.unitUsd }));
  const usd = lines.reduce((total, line) => total + line.usd, 0);
  const { region, asOf: pricesAsOf } = PRICES;
  return { environment: input.environment.name, months: input.months, region, pricesAsOf, usd, lines };
}

/** What an item costs, and what it cost; 0 where there is none. */
export interface Difference {
  readonly service: string;
  readonly item: string;
  readonly beforeUsd: number;
  readonly afterUsd: number;
}

/** The items that cost more or less than they did, by a cent or more. */
export function compare(before: Estimate, after: Estimate): Difference[] {
  const costs = new Map<string, Difference>();
  const key = ({ service, item }: Item) => `${service}/${item}`;
  for (const line of before.lines) {
    costs.set(key(line), { service: line.service, item: line.item, beforeUsd: line.usd, afterUsd: 0 });
  }
  for (const line of after.lines) {
    const { beforeUsd = 0 } = costs.get(key(line)) ?? {};
    costs.set(key(line), { service: line.service, item: line.item, beforeUsd, afterUsd: line.usd });
  }
  return [...costs.values()].filter(({ beforeUsd, afterUsd }) => Math.abs(afterUsd - beforeUsd) >= 0.01);
}
