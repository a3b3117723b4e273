import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Table from 'cli-table3';
import { App } from 'cdktf';
import { Command, InvalidArgumentError } from 'commander';
import { EnvironmentError, loadEnvironment } from '../environments';
import type { Environment } from '../environments/schema';
import { ContractError, loadDataSets } from '../modules/contract';
import type { DataSet } from '../modules/contract/data-set';
import type { EstimateInput } from '../modules/cost/bill';
import { compare, estimate, type Estimate } from '../modules/cost/estimate';
import { Naming } from '../modules/naming';
import { PipelineStack } from '../modules/pipeline-stack';

// As in main.ts: creation traces are most of what synth costs.
Error.captureStackTrace = () => {};

interface Options {
  readonly environment: string;
  readonly datasets: string;
  readonly months: number;
  readonly json: boolean;
  readonly compare?: string;
}

/** What is wrong with the command or a file that it names. */
class UsageError extends Error {}

const program = new Command('npm run estimate --')
  .description('Says what an environment costs in a month, from its stack, the contracts and the prices of AWS.')
  .requiredOption('--environment <name>', 'an environment of the folder environments/, such as prod')
  .option('--datasets <folder>', 'folder of contracts', 'datasets')
  .option('--months <number>', 'for how many months data has come in', positive, 12)
  .option('--json', 'print it as JSON, such as --compare takes', false)
  .option('--compare <file>', 'print what an estimate in JSON differs by from this one')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number greater than 0');
  return value;
}

function main(options: Options): void {
  const environment = loadEnvironment(options.environment);
  const datasets = loadDataSets(options.datasets, environment.name, new Naming(environment.name));
  const { months } = options;
  const now = estimate({ environment, datasets, months, resources: synthesize(environment, datasets) });
  if (options.compare !== undefined) printDifference(readEstimate(options.compare), now);
  else if (options.json) console.log(JSON.stringify(now, null, 2));
  else print(now);
}

/** The resources of the stack, just as they would be deployed. */
function synthesize(environment: Environment, datasets: readonly DataSet[]): EstimateInput['resources'] {
  const outdir = mkdtempSync(path.join(os.tmpdir(), 'estimate-'));
  try {
    const app = new App({ outdir });
    const stack = new PipelineStack(app, environment, datasets);
    app.synth();
    const file = path.join(outdir, 'stacks', stack.node.id, 'cdk.tf.json');
    return JSON.parse(readFileSync(file, 'utf8')).resource;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function readEstimate(file: string): Estimate {
  try {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Estimate;
    if (Array.isArray(read.lines)) return read;
  } catch (error) {
    throw new UsageError(`${file}: cannot be read: ${(error as Error).message}`);
  }
  throw new UsageError(`${file}: must be what --json prints, with \`lines\``);
}

/** A line per item under the sum of its service: quantity times unit price. */
function print({ environment, months, region, pricesAsOf, usd, lines }: Estimate): void {
  const table = newTable(['service', 'quantity', 'unit', 'USD per unit', 'USD'], 1);
  for (const service of new Set(lines.map((line) => line.service))) {
    const ofService = lines.filter((line) => line.service === service);
    table.push([service, '', '', '', cents(ofService.reduce((sum, line) => sum + line.usd, 0))]);
    for (const { item, quantity, unit, unitUsd, usd: product } of ofService) {
      table.push([`  ${item}`, amount(quantity), unit, price(unitUsd), cents(product)]);
    }
  }
  table.push(['all', '', '', '', cents(usd)]);
  console.log(`What environment ${environment} costs in a month, after ${months} months of data`);
  console.log(table.toString());
  console.log(`Prices on demand in ${region} as of ${pricesAsOf}: modules/cost/prices.ts names the page of each.`);
  console.log('What stands in no contract, such as the size of objects, is assumed in modules/cost/workload.ts.');
  console.log(
    'Not counted: table optimizers, calls of KMS, flow logs, and what goes through endpoints and NAT gateways.',
  );
}

function printDifference(before: Estimate, after: Estimate): void {
  const differences = compare(before, after);
  const row = (name: string, beforeUsd: number, afterUsd: number) => {
    const difference = afterUsd - beforeUsd;
    return [name, cents(beforeUsd), cents(afterUsd), `${difference < 0 ? '' : '+'}${cents(difference)}`];
  };
  const table = newTable(['service', 'USD before', 'USD after', 'difference'], 0);
  for (const { service, item, beforeUsd, afterUsd } of differences) {
    table.push(row(`${service}: ${item}`, beforeUsd, afterUsd));
  }
  table.push(row('all', before.usd, after.usd));
  console.log(`What environment ${after.environment} costs in a month, after ${after.months} months of data`);
  console.log(table.toString());
}

/** Names to the left, and numbers to the right but for the column with the unit. */
function newTable(head: string[], unitsAt: number): Table.Table {
  const align = (_: string, column: number) =>
    column === 0 || (unitsAt > 0 && column === unitsAt + 1) ? 'left' : 'right';
  return new Table({ head, colAligns: head.map(align), style: { head: [], border: [], compact: true } });
}

function cents(usd: number): string {
  return usd.toFixed(2);
}

function amount(quantity: number): string {
  return quantity.toLocaleString('en-US', { maximumSignificantDigits: 6 });
}

/** Without an exponent: prices of requests are small. */
function price(usd: number): string {
  return usd.toLocaleString('en-US', { maximumSignificantDigits: 6, maximumFractionDigits: 12 });
}

try {
  main(program.parse().opts());
} catch (error) {
  const isUsage = [EnvironmentError, ContractError, UsageError].some((type) => error instanceof type);
  if (!isUsage) throw error;
  console.error((error as Error).message);
  process.exitCode = 2;
}
