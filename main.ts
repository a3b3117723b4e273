import { App } from 'cdktf';
import { EnvironmentError, environmentNames, loadEnvironment } from './environments';
import { ContractError, loadDataSets } from './modules/contract';
import { Naming } from './modules/naming';
import { PipelineStack } from './modules/pipeline-stack';

// CDKTF keeps the stack trace of every token, most of what synth costs. PIPELINE_DEBUG=1 keeps them, to find a construct.
if (process.env.PIPELINE_DEBUG !== '1') Error.captureStackTrace = () => {};

/** Synthesizes all environments, or those that are named, from the contracts in a folder. */
function synthesize(environments: string[], datasets: string): void {
  const app = new App();
  for (const environment of environments.map(loadEnvironment)) {
    new PipelineStack(app, environment, loadDataSets(datasets, environment.name, new Naming(environment.name)));
  }
  app.synth();
}

const { PIPELINE_ENVIRONMENT, PIPELINE_DATASETS = 'datasets' } = process.env;
try {
  synthesize(PIPELINE_ENVIRONMENT?.split(',') ?? environmentNames(), PIPELINE_DATASETS);
} catch (error) {
  if (!(error instanceof EnvironmentError || error instanceof ContractError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
