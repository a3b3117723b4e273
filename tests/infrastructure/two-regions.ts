import { loadEnvironment } from '../../environments';
import { secondRegionOf } from '../../environments/second-region';
import { everyKindOfSource, load } from '../unit/contract-files';
import { synthesize, type Synthesized } from './synth';

export const HOSTED_ZONE = 'prod.data.example.com';
const FREQUENCY = { property: 'frequency', value: 1, unit: 'd' };

/** The stacks of prod's two Regions, with all that there may be in either: every kind of source, and a record for consumers. */
export function twoRegions(): { first: Synthesized; second: Synthesized } {
  const prod = loadEnvironment('prod');
  const environment = {
    ...prod,
    network: { ...prod.network, databaseCidrs: ['10.1.0.0/16'] },
    disasterRecovery: { ...prod.disasterRecovery!, hostedZone: HOSTED_ZONE },
  };
  const files = everyKindOfSource('prod');
  files['orders.odcs.yaml'].slaProperties = [FREQUENCY];
  files['revenue.odcs.yaml'].slaProperties = [FREQUENCY];
  return {
    first: synthesize(environment, load(files, 'prod')),
    second: synthesize(secondRegionOf(environment), load(files, 'prod-dr')),
  };
}
