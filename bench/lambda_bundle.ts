// Writes the bundle of the monitoring function to the folder that the command line names.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleFunction } from '../modules/monitoring/bundle';

const folder = process.argv[2]!;
mkdirSync(folder, { recursive: true });
for (const [name, contents] of Object.entries(bundleFunction())) writeFileSync(path.join(folder, name), contents);
